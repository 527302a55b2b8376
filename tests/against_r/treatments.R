# R's figures of examples/treatments/plan.toml, as "figure,value": Rscript treatments.R FOLDER, which holds patients.csv,
# lesions.csv and therapies.csv (tests/against_r/test_treatments.py writes them with SQL). Time on and off therapy is cut
# here by tmerge: a therapy counts from the day after it starts to the day on which it stops.
suppressMessages({library(survival); library(cmprsk)})
folder <- commandArgs(trailingOnly = TRUE)[1]
csv <- function(name) read.csv(file.path(folder, paste0(name, ".csv")), na.strings = "")
out <- function(name, values) for (i in seq_along(values)) {
  cat(name, ".", i, ",", format(as.numeric(values[i]), digits = 16), "\n", sep = "")
}
show <- function(name, m) { out(paste0(name, ".coef"), coef(m)); out(paste0(name, ".se"), sqrt(diag(m$var))) }
tight <- coxph.control(eps = 1e-13, toler.chol = 1e-14, iter.max = 50)

p <- csv("patients"); p <- p[p$ras %in% c("mutant", "wild_type"), ]; p$mutant <- as.integer(p$ras == "mutant")
os <- p[!is.na(p$os_days), ]; os$id <- seq_len(nrow(os)); os$stop <- os$os_days + 1   # whoever died on day 0 is at risk
th <- csv("therapies"); th <- th[th$patient_id %in% os$patient_id, ]
th$id <- os$id[match(th$patient_id, os$patient_id)]
days <- data.frame(id = rep(th$id, 2), day = c(th$since, th$until) + 1)
days <- days[!is.na(days$day) & days$day > 0, ]
long <- tmerge(os, os, id = id, dead = event(stop, os_event))
long <- tmerge(long, days, id = id, cut = cumtdc(day))
long$on <- mapply(function(who, end) {
  t <- th[th$id == who, ]; as.integer(any(t$since + 1 < end & (is.na(t$until) | end <= t$until + 1)))
}, long$id, long$tstop)
stopifnot(sum(long$dead) == sum(os$os_event))
m <- coxph(Surv(tstart, tstop, dead) ~ on + mutant, long, control = tight)
show("survival_on_therapy", m); out("survival_on_therapy.events", m$nevent); out("survival_on_therapy.n", nrow(os))

l <- csv("lesions"); l$small <- as.integer(l$margin < 5); l$ltp <- as.integer(l$event == 1)
m <- coxph(Surv(days, ltp) ~ small + I(diameter / 10), l, cluster = patient_id, control = tight)
show("margin_of_lesions", m); out("margin_of_lesions.events", m$nevent); out("margin_of_lesions.n", m$n)

q <- p[!is.na(p$ltp_days) & !is.na(p$diameter), ]
m <- crr(q$ltp_days, q$ltp_event, cbind(q$mutant, q$diameter / 10), gtol = 1e-12)   # 1 LTP; 2 death and 3 removal compete
name <- "ltp_beside_removal_and_death"
out(paste0(name, ".coef"), m$coef); out(paste0(name, ".se"), sqrt(diag(m$var)))
out(paste0(name, ".events"), sum(q$ltp_event == 1)); out(paste0(name, ".n"), m$n)
