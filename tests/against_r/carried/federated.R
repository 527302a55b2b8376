# R's figures of the carried lesions pooled over their centres, as "figure,value" on standard output: Rscript federated.R
# FOLDER, which holds lesions.csv. The registry makes them from what each centre gives (tests/federated). survival
# (coxph, survdiff, survfit) and cmprsk (cuminc).
suppressMessages({library(survival); library(cmprsk)})
folder <- commandArgs(trailingOnly = TRUE)[1]
d <- read.csv(file.path(folder, "lesions.csv"))
d$ltp <- as.integer(d$event == 1)
d$state <- factor(d$event, 0:2)
tight <- coxph.control(eps = 1e-13, toler.chol = 1e-14, iter.max = 60)
out <- function(name, values) for (i in seq_along(values)) {
  cat(name, ".", i, ",", format(as.numeric(values[i]), digits = 16), "\n", sep = "")
}
show <- function(name, m) {
  out(paste0(name, ".coef"), coef(m)); out(paste0(name, ".se"), sqrt(diag(m$var)))
  out(paste0(name, ".likelihood"), m$loglik)
}
show("within.efron", coxph(Surv(time, ltp) ~ kras + diameter + strata(centre), d, control = tight))
show("within.breslow", coxph(Surv(time, ltp) ~ kras + diameter + strata(centre), d, ties = "breslow", control = tight))
show("within.clustered", coxph(Surv(time, ltp) ~ kras + diameter + strata(centre), d, cluster = patient, control = tight))
show("over.efron", coxph(Surv(time, ltp) ~ kras + diameter, d, control = tight))
show("over.breslow", coxph(Surv(time, ltp) ~ kras + diameter, d, ties = "breslow", control = tight))
out("logrank.over", survdiff(Surv(time, ltp) ~ kras, d)$chisq)
out("logrank.within", survdiff(Surv(time, ltp) ~ kras + strata(centre), d)$chisq)
out("gray.over", with(d, cuminc(time, event, kras))$Tests[, "stat"])
out("gray.within", with(d, cuminc(time, event, kras, strata = centre))$Tests[, "stat"])
at <- c(6, 12, 18, 24)
for (k in 0:1) {
  own <- d[d$kras == k, ]
  s <- summary(survfit(Surv(time, ltp) ~ 1, own, conf.type = "log-log"), times = at)
  out(paste0("km.", k, ".surv"), s$surv); out(paste0("km.", k, ".se"), s$std.err)
  s <- summary(survfit(Surv(time, state) ~ 1, own), times = at)
  out(paste0("cif.", k, ".estimate"), s$pstate[, 2]); out(paste0("cif.", k, ".se"), s$std.err[, 2])
}
