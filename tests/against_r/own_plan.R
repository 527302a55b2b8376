# R's figures of examples/plan.toml, as "figure,value": Rscript own_plan.R FOLDER, which holds lesions.csv and patients.csv.
# The spline is written out from Harrell's formula, independently of the registry's; splines::ns spans the same models.
suppressMessages({library(survival); library(cmprsk); library(splines)})
folder <- commandArgs(trailingOnly = TRUE)[1]
out <- function(name, values) for (i in seq_along(values)) {
  cat(name, ".", i, ",", format(as.numeric(values[i]), digits = 16), "\n", sep = "")
}
show <- function(name, m) { out(paste0(name, ".coef"), coef(m)); out(paste0(name, ".se"), sqrt(diag(m$var))) }
tight <- coxph.control(eps = 1e-13, toler.chol = 1e-14, iter.max = 50)
rcs <- function(x, k) {
  p <- function(t) pmax(x - t, 0)^3
  n <- length(k); bends <- sapply(k[1:(n - 2)], function(t) {
    (p(t) - p(k[n - 1]) * (k[n] - t) / (k[n] - k[n - 1]) + p(k[n]) * (k[n - 1] - t) / (k[n] - k[n - 1])) / (k[n] - k[1])^2
  })
  cbind(x, bends)
}
l <- read.csv(file.path(folder, "lesions.csv"), na.strings = "")
l$id <- paste(l$site, l$patient_id)
l$small <- as.integer(l$margin < 5)
l$mutation <- ifelse(l$ras == "mutant", 1, ifelse(l$ras == "wild_type" & l$braf == "wild_type", 0, NA))
l$ltp <- as.integer(l$event == 1)
show("primary", coxph(Surv(days, ltp) ~ small + I(diameter / 5), l, cluster = id, control = tight))
show("margin_and_mutation", coxph(Surv(days, ltp) ~ small + mutation, l, cluster = id, control = tight))
known <- l[!is.na(l$margin), ]
k <- c(2, 5, 10)
spline <- coxph(Surv(days, ltp) ~ rcs(margin, k), known, cluster = id, control = tight)
show("margin_dose", spline)
natural <- coxph(Surv(days, ltp) ~ ns(margin, knots = 5, Boundary.knots = c(2, 10)), known, control = tight)
at <- data.frame(margin = c(0, 3, 5, 8, 12))
out("margin_dose.loglik", spline$loglik[2]); out("natural.loglik", natural$loglik[2])
lp <- function(m) { p <- predict(m, at, type = "terms"); rowSums(p) - rowSums(p)[3] }
out("natural.curve", lp(natural)); out("margin_dose.curve", (rcs(at$margin, k) - rep(1, 5) %o% rcs(5, k)[1, ]) %*% coef(spline))
p <- read.csv(file.path(folder, "patients.csv"), na.strings = "")
p <- p[p$ras %in% c("mutant", "wild_type") & !is.na(p$diameter), ]
fg <- crr(p$days, p$event, cbind(p$ras == "mutant", p$diameter / 5), gtol = 1e-12)
out("ras_incidence.coef", fg$coef); out("ras_incidence.se", sqrt(diag(fg$var)))
