# R's figures of weighted comparisons, delayed entry, strata, changing subdistribution ratios and Firth's Cox model on
# lesions.csv, as "figure,value": Rscript weighted.R <folder of lesions.csv>. survey's svykm and svycoxph are held against
# the same figures; Firth's likelihood and its limits are written out over coxph, since coxphf is not at hand.
suppressMessages({library(survival); library(cmprsk)})
d <- read.csv(file.path(commandArgs(trailingOnly = TRUE)[1], "lesions.csv"))
out <- function(name, values) for (i in seq_along(values)) {
  label <- if (length(values) > 1) paste0(name, ".", i) else name
  cat(label, ",", format(as.numeric(values[i]), digits = 16), "\n", sep = "")
}
tight <- coxph.control(eps = 1e-13, toler.chol = 1e-14, iter.max = 50)
d$ltp <- as.integer(d$event == 1); d$treated <- as.integer((d$patient * 5 + d$diameter) %% 7 < 3); d$row <- seq_len(nrow(d))
months <- c(6, 12, 18, 24); z <- qnorm(0.975)

# propensity scores, weights, balance, weighted curves and Cox models with robust variance
m <- glm(treated ~ diameter + kras + centre, binomial, d, control = glm.control(epsilon = 1e-14, maxit = 100))
e <- fitted(m); t <- d$treated
out("weighted.score", e[c(1, 50, 100, 193)])
weights <- list(ate = t / e + (1 - t) / (1 - e), att = t + (1 - t) * e / (1 - e), overlap = t * (1 - e) + (1 - t) * e)
smd <- function(x, w) {
  v <- if (all(x %in% 0:1)) function(y) mean(y) * (1 - mean(y)) else var
  (weighted.mean(x[t == 1], w[t == 1]) - weighted.mean(x[t == 0], w[t == 0])) / sqrt((v(x[t == 1]) + v(x[t == 0])) / 2)
}
curve <- function(name, f) {
  s <- summary(f, times = months)
  out(paste0(name, ".surv"), s$surv); out(paste0(name, ".se"), s$std.err)
  out(paste0(name, ".lower"), s$lower); out(paste0(name, ".upper"), s$upper)
}
for (name in names(weights)) {
  d$w <- weights[[name]]
  out(paste0("weighted.size.", name), c(sum(d$w[t == 1])^2 / sum(d$w[t == 1]^2), sum(d$w[t == 0])^2 / sum(d$w[t == 0]^2)))
  if (name != "overlap") out(paste0("weighted.smd.", name), c(smd(d$diameter, d$w), smd(d$kras, d$w), smd(as.integer(d$centre == "b"), d$w)))
  by_row <- coxph(Surv(time, ltp) ~ treated, d, weights = w, robust = TRUE, control = tight)
  by_patient <- coxph(Surv(time, ltp) ~ treated, d, weights = w, cluster = patient, control = tight)
  out(paste0("weighted.cox.coef.", name), coef(by_row))
  out(paste0("weighted.cox.se.", name), sqrt(c(by_row$var, by_patient$var)))
  for (k in 0:1) {
    own <- d[d$treated == k, ]
    curve(paste0("weighted.km.", name, ".", k), survfit(Surv(time, ltp) ~ 1, own, weights = w, robust = TRUE, id = row, conf.type = "log-log"))
    curve(paste0("weighted.km_clustered.", name, ".", k), survfit(Surv(time, ltp) ~ 1, own, weights = w, cluster = patient, conf.type = "log-log"))
  }
  if (requireNamespace("survey", quietly = TRUE)) {
    design <- survey::svydesign(ids = ~1, weights = ~w, data = d)
    theirs <- survey::svycoxph(Surv(time, ltp) ~ treated, design, control = tight)
    n <- nrow(d)
    stopifnot(abs(coef(theirs) / coef(by_row) - 1) < 1e-6, abs(sqrt(vcov(theirs) / by_row$var * (n - 1) / n) - 1) < 1e-6)
  }
}
out("weighted.crude", c(coef(coxph(Surv(time, ltp) ~ treated, d, control = tight)), sqrt(coxph(Surv(time, ltp) ~ treated, d, cluster = patient, control = tight)$var)))
e_value <- function(rr) { rr <- ifelse(rr < 1, 1 / rr, rr); rr + sqrt(rr * (rr - 1)) }
common <- function(hr) (1 - 0.5^sqrt(hr)) / (1 - 0.5^sqrt(1 / hr))
out("e_value", c(e_value(3.9), e_value(1.8), e_value(common(0.56)), e_value(common(0.69)), e_value(common(2.5))))

# delayed entry: Kaplan-Meier, and the log-rank test, which without ties is the score test of a Cox model
late <- d[d$entry < d$time, ]
late_curve <- function(name, own) {
  s <- summary(survfit(Surv(entry, time, ltp) ~ 1, own, conf.type = "log-log"), times = months)
  out(paste0(name, ".surv"), s$surv); out(paste0(name, ".se"), s$std.err)
  out(paste0(name, ".lower"), s$lower); out(paste0(name, ".upper"), s$upper)
}
late_curve("entry.km.all", late); late_curve("entry.km.kras", late[late$kras == 1, ])
late$state <- factor(late$event, 0:2)    # and Aalen-Johansen; since: entries up to the last times, where few are watched
late_incidence <- function(name, own, entry) {
  own$since <- entry; own <- own[own$since < own$time, ]
  s <- summary(survfit(Surv(since, time, state) ~ 1, own, id = row), times = months)
  for (k in 1:2) {
    out(paste0(name, ".", k, ".estimate"), s$pstate[, k + 1]); out(paste0(name, ".", k, ".se"), s$std.err[, k + 1])
    out(paste0(name, ".", k, ".lower"), s$lower[, k + 1]); out(paste0(name, ".", k, ".upper"), s$upper[, k + 1])
  }
}
late_incidence("entry.cif.all", late, late$entry); late_incidence("entry.cif.kras", late[late$kras == 1, ], late$entry[late$kras == 1])
late_incidence("entry.cif.since", late, late$entry + late$row %% 7 - 3)
late$untied <- late$time + late$row / 1000
score <- function(formula) coxph(formula, late)$score
out("entry.logrank", c(score(Surv(entry, untied, ltp) ~ kras), score(Surv(entry, untied, ltp) ~ centre)))
out("entry.logrank.strata", score(Surv(entry, untied, ltp) ~ kras + strata(centre)))

# Gray's test within strata
for (cause in c("1", "2")) out(paste0("gray.strata.kras.", cause), cuminc(d$time, d$event, d$kras, strata = d$centre)$Tests[cause, "stat"])
out("gray.strata.centre", cuminc(d$time, d$event, d$centre, strata = d$kras)$Tests["1", "stat"])

# subdistribution ratios that change with log time: Wald's chi-square of the product, alone and beside another covariate
first <- d[!duplicated(d$patient), ]
changing <- function(own, j) {
  x <- cbind(own$kras, own$diameter)
  f <- crr(own$time, own$event, cov1 = x, cov2 = x[, j, drop = FALSE], tf = log, gtol = 1e-12, maxiter = 100)
  unname(f$coef[3]^2 / f$var[3, 3])
}
out("changing.first", c(changing(first, 1), changing(first, 2))); out("changing.all", c(changing(d, 1), changing(d, 2)))

# Firth: half the log determinant of the information on top of Breslow's partial likelihood; limits from its profile
penalised <- function(own, x) function(b) {
  f <- suppressWarnings(coxph(Surv(own$time, own$ltp) ~ x, ties = "breslow", init = b, control = coxph.control(iter.max = 0)))
  f$loglik[2] - 0.5 * as.numeric(determinant(f$var)$modulus)
}
firth <- function(name, own, x, scale) {
  value <- penalised(own, x); p <- ncol(x)
  best <- function(fixed, at, start) {
    free <- setdiff(seq_len(p), at); b <- start; if (length(at)) b[at] <- fixed
    if (!length(free)) return(list(b = b, value = value(b)))
    for (i in 1:60) {
      h <- 1e-4 / scale[free]
      f <- function(v) { w <- b; w[free] <- v; value(w) }
      g <- sapply(seq_along(free), function(k) { s <- replace(0 * h, k, h[k]); (8 * (f(b[free] + s) - f(b[free] - s)) - (f(b[free] + 2 * s) - f(b[free] - 2 * s))) / (12 * h[k]) })
      hess <- optimHess(b[free], f, control = list(ndeps = 1e-3 / scale[free]))
      step <- solve(hess, g); b[free] <- b[free] - step
      if (max(abs(step * scale[free])) < 1e-9) break
    }
    list(b = b, value = value(b))
  }
  top <- best(NULL, integer(0), rep(0, p)); out(paste0(name, ".coef"), top$b)
  for (j in seq_len(p)) {
    zero <- best(0, j, replace(top$b, j, 0)); out(paste0(name, ".chi2.", j), 2 * (top$value - zero$value))
    for (side in c(-1, 1)) {
      excess <- function(v) 2 * (top$value - best(v, j, replace(top$b, j, v))$value) - qchisq(0.95, 1)
      far <- top$b[j] + side * 6 / scale[j]
      if (excess(far) < 0) next
      out(paste0(name, ".", c("lower", "upper")[(side + 3) / 2], ".", j), uniroot(excess, sort(c(top$b[j], far)), tol = 1e-9)$root)
    }
  }
}
firth("firth_cox.plain", d, cbind(d$kras, d$diameter), c(1, sd(d$diameter)))
none <- d[!(d$patient %% 7 == 0 & d$ltp == 1), ]; none$arm <- as.integer(none$patient %% 7 == 0)
stopifnot(sum(none$ltp[none$arm == 1]) == 0)
firth("firth_cox.separated", none, cbind(none$arm, none$kras), c(1, 1))
