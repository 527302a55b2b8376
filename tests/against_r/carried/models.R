# R's figures of a score put to the test, as "figure,value" on standard output: Rscript models.R FOLDER, which holds
# lesions.csv and draws.csv (a column for each sample: how often each patient is in it, in the order of the lesions).
# survival (concordance, coxph, survfit), riskRegression (Score, CSC) and rms (groupkm).
suppressMessages({library(survival); library(prodlim); library(riskRegression); library(rms)})
folder <- commandArgs(trailingOnly = TRUE)[1]
tight <- coxph.control(eps = 1e-13, toler.chol = 1e-14, iter.max = 60)
times <- c(12, 24) * 30.4375
lesions <- read.csv(file.path(folder, "lesions.csv"))
draws <- read.csv(file.path(folder, "draws.csv"))
place <- match(lesions$patient, unique(lesions$patient))

figures <- function(d, variant, competes) {
  out <- function(name, values) for (i in seq_along(values)) {
    cat(name, ".", variant, ".", i, ",", format(as.numeric(values[i]), digits = 16), "\n", sep = "")
  }
  show <- function(name, c) out(name, c(c$concordance, sqrt(c$var), c$count[1:3]))
  d$days <- d$time * 30.4375; d$time <- NULL
  d$ltp <- as.integer(d$event == 1)
  d$never <- ifelse(d$event > 1, max(d$days) + 1, d$days)
  d$score <- 0.5 * d$kras + 0.03 * (d$diameter - 25)
  risk <- sapply(c(0.9, 0.85), function(free) 1 - free^exp(d$score))

  show("harrell", concordance(Surv(days, ltp) ~ score, d, reverse = TRUE))
  show("harrell_clustered", concordance(Surv(days, ltp) ~ score, d, cluster = patient, reverse = TRUE))
  show("wolbers", concordance(Surv(never, ltp) ~ score, d, cluster = patient, reverse = TRUE))
  show("uno", concordance(Surv(days, ltp) ~ score, d, timewt = "n/G2", reverse = TRUE))
  show("uno_upto", concordance(Surv(days, ltp) ~ score, d, timewt = "n/G2", ymax = times[2], reverse = TRUE))
  slope <- coxph(Surv(days, ltp) ~ score, d, cluster = patient, control = tight)
  out("slope", c(coef(slope), sqrt(diag(slope$var))))

  s <- Score(list(model = risk), formula = Hist(days, event) ~ 1, data = d, times = times, cause = 1,
             metrics = c("auc", "brier"), cens.model = "km", null.model = TRUE, conf.int = FALSE, se.fit = FALSE)
  auc <- as.data.frame(s$AUC$score); brier <- as.data.frame(s$Brier$score)
  out("auc", auc$AUC[auc$model == "model"])
  out("brier", c(brier$Brier[brier$model == "model"], brier$Brier[brier$model != "model"]))

  d$state <- factor(d$event, 0:max(d$event))
  incidence <- function(own, at) {
    f <- summary(survfit(Surv(days, state) ~ 1, own), times = at)
    c(f$pstate[, 2], f$std.err[, 2])
  }
  kept <- function(own, at) {
    f <- summary(survfit(Surv(days, ltp) ~ 1, own, conf.type = "log-log"), times = at)
    c(1 - f$surv, 1 - f$upper, 1 - f$lower)
  }
  risk_at <- if (competes) incidence else kept
  group <- cut(risk[, 1], c(0, 0.095, 0.145, 1), right = FALSE, labels = FALSE)
  for (g in 1:3) out(paste0("observed_", g), risk_at(d[group == g, ], times[1]))
  if (!competes) {  # rms's own grouping gives the same
    k <- groupkm(1 - risk[, 1], Surv(d$days, d$ltp), cuts = c(0, 0.855, 0.905, 1), u = times[1], pl = FALSE)
    stopifnot(all.equal(rev(1 - k[, "KM"]), sapply(1:3, function(g) kept(d[group == g, ], times[1])[1]), tolerance = 1e-12))
  }
  net <- function(p) {
    own <- d[risk[, 1] >= p, ]
    i <- risk_at(own, times[1])[1]
    nrow(own) / nrow(d) * (i - (1 - i) * p / (1 - p))
  }
  out("net_benefit", sapply(c(0.1, 0.2), net))

  model <- coxph(Surv(days, ltp) ~ kras + diameter, d, control = tight, x = TRUE)
  if (competes) {
    csc <- CSC(list(Hist(days, event) ~ kras + diameter, Hist(days, event) ~ 1), data = d, control = tight)
    own <- predictRisk(csc, newdata = d[1:5, ], times = times, cause = 1, product.limit = TRUE)
  } else {
    own <- t(1 - summary(survfit(model, newdata = d[1:5, ]), times = times)$surv)
  }
  out("predicted", own)

  c_of <- function(data, lp) concordance(Surv(data$days, data$ltp) ~ lp, reverse = TRUE)$concordance
  slope_of <- function(data, lp) coef(coxph(Surv(data$days, data$ltp) ~ lp, control = tight))
  X <- as.matrix(d[, c("kras", "diameter")])
  gone <- sapply(draws, function(n) {
    rows <- rep(seq_len(nrow(d)), n[place]); sample <- d[rows, ]
    lp <- X %*% coef(coxph(Surv(days, ltp) ~ kras + diameter, sample, control = tight))
    c(c_of(sample, lp[rows]) - c_of(d, lp), slope_of(sample, lp[rows]) - slope_of(d, lp))
  })
  out("optimism", rowMeans(gone))
}

figures(lesions, "competing", TRUE)
lesions$event <- as.integer(lesions$event == 1)
figures(lesions, "plain", FALSE)
