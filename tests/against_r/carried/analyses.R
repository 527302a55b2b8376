# R's figures on lesions.csv, as "figure,value" on standard output: Rscript analyses.R <folder of lesions.csv>
# Everything the registry estimates and R can too. Optimisers are run to their end; what R only approximates (limits of a
# profile, Turnbull) or lacks (Firth) is written out here, independently of the registry's own code.
suppressMessages({library(survival); library(cmprsk); library(geepack)})
d <- read.csv(file.path(commandArgs(trailingOnly = TRUE)[1], "lesions.csv"))
out <- function(name, values) for (i in seq_along(values)) {
  label <- if (length(values) > 1) paste0(name, ".", i) else name
  cat(label, ",", format(as.numeric(values[i]), digits = 16), "\n", sep = "")
}
tight <- coxph.control(eps = 1e-13, toler.chol = 1e-14, iter.max = 50)
d$ltp <- as.integer(d$event == 1)
first <- d[!duplicated(d$patient), ]

# restricted mean, stratified log-rank, Gray
for (k in 0:1) {
  area <- summary(survfit(Surv(time, ltp) ~ 1, d[d$kras == k, ]), rmean = 18)$table
  out(paste0("rmst.kras", k), area[grep("rmean$", names(area))]); out(paste0("rmst_se.kras", k), area[grep("se\\(rmean", names(area))])
}
out("logrank", survdiff(Surv(time, ltp) ~ kras, first)$chisq)
out("logrank.strata", survdiff(Surv(time, ltp) ~ kras + strata(centre), first)$chisq)
tests <- cuminc(first$time, first$event, first$kras)$Tests
out("gray.ltp", tests["1", "stat"]); out("gray.death", tests["2", "stat"])
out("gray.centre", cuminc(first$time, first$event, first$centre)$Tests["1", "stat"])

# curves and log-rank tests of rows as they come: tied, in any order, whole or fractional times, time 0, rows that stand for
# several subjects, a group that has gone before the first event, few left at the end
curve <- function(name, f, at) {
  s <- summary(f, times = at, extend = TRUE)
  out(paste0(name, ".surv"), s$surv); out(paste0(name, ".lower"), s$lower); out(paste0(name, ".upper"), s$upper)
  out(paste0(name, ".se"), s$std.err); out(paste0(name, ".n_risk"), s$n.risk)
  out(paste0(name, ".quartile"), unlist(quantile(f, 0.25)))
}
backwards <- d[rev(seq_len(nrow(d))), ]; backwards$time <- as.integer(backwards$time)
thirds <- transform(d, time = time / 3); since <- transform(d, time = pmax(time - 3, 0))
d$n <- 1 + d$patient %% 3; each <- d[rep(seq_len(nrow(d)), d$n), ]
at <- c(6, 12, 18, 24)
curve("km.ties", survfit(Surv(time, ltp) ~ 1, d, conf.type = "log-log"), at)
curve("km.backwards", survfit(Surv(time, ltp) ~ 1, backwards[backwards$kras == 1, ], conf.type = "log-log"), at)
curve("km.thirds", survfit(Surv(time, ltp) ~ 1, thirds, conf.type = "log-log"), at / 3)
curve("km.zero", survfit(Surv(time, ltp) ~ 1, since, conf.type = "log-log"), c(0, at))
curve("km.counted", survfit(Surv(time, ltp) ~ 1, d, weights = n, conf.type = "log-log"), at)
curve("km.reverse", survfit(Surv(time, event == 0) ~ 1, first, conf.type = "log-log"), at)
out("km.reverse.median", unlist(quantile(survfit(Surv(time, event == 0) ~ 1, first, conf.type = "log-log"), 0.5)))
states <- summary(survfit(Surv(time, factor(event, 0:2)) ~ 1, d, conf.type = "log"), times = at)
for (k in 2:3) {
  name <- c("", "cif.ltp", "cif.death")[k]
  out(paste0(name, ".estimate"), states$pstate[, k]); out(paste0(name, ".se"), states$std.err[, k])
  out(paste0(name, ".lower"), states$lower[, k]); out(paste0(name, ".upper"), states$upper[, k])
}
gone <- transform(d, arm = ifelse(patient <= 3, "gone", centre), time = ifelse(patient <= 3, 0.5, time), ltp = ltp * (patient > 3))
compare <- function(name, m) { df <- sum(m$exp > 0) - 1; out(paste0("logrank.", name), c(m$chisq, df, qchisq(m$pvalue, df, lower.tail = FALSE))) }
compare("lesions", survdiff(Surv(time, ltp) ~ centre, d)); compare("backwards", survdiff(Surv(time, ltp) ~ kras, backwards))
compare("thirds", survdiff(Surv(time, ltp) ~ kras, thirds)); compare("zero", survdiff(Surv(time, ltp) ~ kras, since))
compare("counted", survdiff(Surv(time, ltp) ~ kras, each)); compare("gone", survdiff(Surv(time, ltp) ~ arm, gone))
compare("rho", survdiff(Surv(time, ltp) ~ kras, since, rho = 1)); compare("rho_counted", survdiff(Surv(time, ltp) ~ kras, each, rho = 1))

# Cox: plain, clustered, stratified, delayed entry, all together; proportionality
show <- function(name, m) {
  out(paste0(name, ".coef"), coef(m)); out(paste0(name, ".se"), sqrt(diag(m$var)))
}
plain <- coxph(Surv(time, ltp) ~ kras + diameter, d, control = tight)
show("cox", plain)
out("cox.lr", 2 * diff(plain$loglik))
show("cox.cluster", coxph(Surv(time, ltp) ~ kras + diameter, d, cluster = patient, control = tight))
strata <- coxph(Surv(time, ltp) ~ kras + diameter + strata(centre), d, control = tight)
show("cox.strata", strata)
all <- coxph(Surv(entry, time, ltp) ~ kras + diameter + strata(centre), d, cluster = patient, control = tight)
show("cox.entry_strata_cluster", all)
show("cox.breslow_cluster", coxph(Surv(time, ltp) ~ kras + diameter, d, cluster = patient, ties = "breslow", control = tight))

# a level without events (arm c) has an infinite coefficient: the likelihood ratio of all terms is that of its limit; so
# where it is the reference (arm2), within strata, with delayed entry, and in a logistic model
d$arm <- ifelse(d$patient %% 7 == 0 & d$ltp == 0, "c", ifelse(d$patient %% 2 == 0, "a", "b"))
d$arm2 <- relevel(factor(d$arm), "c")
whole <- function(name, m) { out(paste0(name, ".lr"), 2 * diff(m$loglik)); out(paste0(name, ".df"), sum(!is.na(coef(m)))) }
far <- function(...) suppressWarnings(coxph(..., data = d, control = tight))
whole("separated.cox", far(Surv(time, ltp) ~ arm + diameter))
whole("separated.reference", far(Surv(time, ltp) ~ arm2 + diameter))
whole("separated.alone", far(Surv(time, ltp) ~ (arm == "c")))
whole("separated.strata", far(Surv(time, ltp) ~ arm + diameter + strata(centre)))
whole("separated.entry", far(Surv(entry, time, ltp) ~ arm + diameter))
whole("separated.breslow", far(Surv(time, ltp) ~ arm + diameter, ties = "breslow"))
whole("separated.exact", far(Surv(time, ltp) ~ arm + diameter, ties = "exact"))
for (name in c("arm", "arm2")) {
  m <- suppressWarnings(glm(reformulate(c(name, "diameter"), "ltp"), binomial, d, epsilon = 1e-14, maxit = 100))
  out(paste0("separated.logistic.", name), m$null.deviance - m$deviance)
}
# a curve that stands at one half: from an event to another (flat), to the last censored time (end)
flat <- survfit(Surv(c(1:10, 14, rep(20, 9)), c(rep(1, 11), rep(0, 9))) ~ 1)
end <- survfit(Surv(c(1:10, rep(20, 10)), rep(1:0, each = 10)) ~ 1)
out("plateau.flat", quantile(flat, 0.5, conf.int = FALSE)); out("plateau.end", quantile(end, 0.5, conf.int = FALSE))
out("plateau.table", c(summary(flat)$table["median"], summary(end)$table["median"]))

out("zph", cox.zph(plain, "km")$table[, "chisq"])
out("zph.strata", cox.zph(strata, "km")$table[, "chisq"])
out("schoenfeld", colSums(residuals(plain, "schoenfeld")^2))

# effects by period, interaction, landmark
split <- survSplit(Surv(time, ltp) ~ ., d[, c("time", "ltp", "kras", "diameter", "patient")], cut = 12, episode = "period")
split$early <- split$kras * (split$period == 1); split$late <- split$kras * (split$period == 2)
period <- coxph(Surv(tstart, time, ltp) ~ early + late + diameter, split, cluster = patient, control = tight)
out("period.coef", coef(period)[1:2]); out("period.se", sqrt(diag(period$var))[1:2])
both <- coxph(Surv(time, ltp) ~ kras * centre, first, control = tight)
apart <- coxph(Surv(time, ltp) ~ kras + centre, first, control = tight)
out("interaction", 2 * (both$loglik[2] - apart$loglik[2]))
late <- d[d$time > 3, ]; late$time <- late$time - 3
show("landmark", coxph(Surv(time, ltp) ~ kras + diameter, late, control = tight))

# Fine-Gray
fg <- crr(first$time, first$event, cbind(first$kras, first$diameter), failcode = 1, gtol = 1e-12, maxiter = 50)
out("fine_gray.coef", fg$coef); out("fine_gray.se", sqrt(diag(fg$var)))

# logistic: profile limits by root finding; Firth by maximising the penalised likelihood
x <- cbind(1, first$kras, scale(first$diameter)); y <- first$ltp
value <- function(b, firth) {
  eta <- as.vector(x %*% b); mu <- plogis(eta)
  found <- sum(y * eta - ifelse(eta > 30, eta, log1p(exp(pmin(eta, 30)))))
  if (firth) found + 0.5 * as.numeric(determinant(crossprod(x, x * mu * (1 - mu)))$modulus) else found
}
# Firth by iterated glm: with leverages h, outcomes (y + h/2) / (1 + h) and weights 1 + h, to a fixed point
best <- function(fixed, at, start, firth) {
  free <- setdiff(seq_along(start), at)
  b <- start; if (length(at)) b[at] <- fixed
  offset <- if (length(at)) x[, at] * fixed else rep(0, length(y))
  for (i in 1:5000) {
    mu <- plogis(as.vector(x %*% b)); w <- mu * (1 - mu)
    h <- if (firth) w * rowSums((x %*% solve(crossprod(x, x * w))) * x) else 0 * y
    m <- suppressWarnings(glm.fit(x[, free, drop = FALSE], (y + h / 2) / (1 + h), weights = 1 + h, offset = offset,
      family = binomial(), control = glm.control(epsilon = 1e-15, maxit = 100)))
    moved <- max(abs(m$coefficients - b[free])); b[free] <- m$coefficients
    if (moved < 1e-13) break
  }
  list(b = b, value = value(b, firth))
}
for (firth in c(FALSE, TRUE)) {
  name <- if (firth) "firth" else "profile"
  top <- best(NULL, integer(0), rep(0, 3), firth)
  out(paste0(name, ".coef"), top$b[2:3])
  for (at in 2:3) for (side in c(-1, 1)) {
    excess <- function(v) 2 * (top$value - best(v, at, top$b, firth)$value) - qchisq(0.95, 1)
    far <- top$b[at] + side * 5
    limit <- uniroot(excess, sort(c(top$b[at], far)), tol = 1e-11)$root
    out(paste0(name, ".", c("lower", "upper")[(side + 3) / 2], ".", at - 1), limit)
  }
}
gee <- geeglm(ltp ~ kras + diameter, binomial, d[order(d$patient), ], id = patient, corstr = "exchangeable",
              control = geese.control(epsilon = 1e-13, maxit = 200))
out("gee.coef", coef(gee)); out("gee.se", summary(gee)$coefficients[, "Std.err"]); out("gee.alpha", gee$geese$alpha)

# Turnbull by expectation and maximisation, run long
left <- first$left; right <- ifelse(is.na(first$right), Inf, first$right)
ends <- sort(unique(c(0, left, right))); a <- ends[-length(ends)]; b <- ends[-1]
inside <- outer(left, a, "<=") & outer(right, b, ">=")
mass <- rep(1 / length(a), length(a))
for (i in 1:200000) {
  share <- sweep(inside, 2, mass, "*"); new <- colMeans(share / rowSums(share))
  if (max(abs(new - mass)) < 1e-15) break
  mass <- new
}
out("turnbull", c(sum(mass[b > 12]), sum(mass[b > 18])))
p <- c(0.01, 0.04, 0.03, 0.005, 0.2)
out("holm", p.adjust(p, "holm")); out("bh", p.adjust(p, "BH"))

# lesions of which a patient may have several: curves and tests clustered by patient, the margin (made of what is there) in
# two classes with its interaction, by a restricted cubic spline with stated knots, Fine-Gray with the authors' sandwich
# summed by patient, exact limits of shares
d$margin <- (d$patient * 7 + d$diameter * 3) %% 19 - 4 + 6 * (d$ltp == 0 & d$patient %% 3 > 0) / 2
d$below <- as.integer(d$margin < 5)
months <- c(6, 12, 18, 24)
by_patient <- function(name, f) {
  s <- summary(f, times = months)
  out(paste0(name, ".surv"), s$surv); out(paste0(name, ".se"), s$std.err)
  out(paste0(name, ".lower"), s$lower); out(paste0(name, ".upper"), s$upper)
}
by_patient("clustered.km.all", survfit(Surv(time, ltp) ~ 1, d, cluster = patient, conf.type = "log-log"))
by_patient("clustered.km.below", survfit(Surv(time, ltp) ~ 1, d[d$below == 1, ], cluster = patient, conf.type = "log-log"))
# with competing events survfit takes cluster = and gives the standard error without it (survival 3.5-3): its own
# influences, summed by patient, are what it should be
for (k in 0:1) {
  own <- d[d$below == k, ]; own$row <- seq_len(nrow(own))
  s <- survfit(Surv(time, factor(event, 0:2)) ~ 1, own, id = row, influence = TRUE)
  place <- sapply(months, function(t) max(which(s$time <= t)))
  of_ltp <- s$influence.pstate[, place + dim(s$influence.pstate)[2] - length(s$time), 2]
  stopifnot(max(abs(sqrt(colSums(of_ltp^2)) - s$std.err[place, 2])) < 1e-10)
  p <- s$pstate[place, 2]; se <- sqrt(colSums(rowsum(of_ltp, own$patient)^2)); z <- qnorm(0.975)
  name <- paste0("clustered.cif.", c("at_least", "below")[k + 1])
  out(paste0(name, ".estimate"), p); out(paste0(name, ".se"), se)
  out(paste0(name, ".lower"), p * exp(-z * se / p)); out(paste0(name, ".upper"), pmin(p * exp(z * se / p), 1))
}
robust <- function(name, formula) out(paste0("clustered.test.", name), coxph(formula, d, cluster = patient)$rscore)
robust("below", Surv(time, ltp) ~ below); robust("centre", Surv(time, ltp) ~ centre); robust("kras", Surv(time, ltp) ~ kras)
show("cox.cluster_margin", coxph(Surv(time, ltp) ~ below * kras, d, cluster = patient, control = tight))

knots <- c(0, 5, 10)
grid <- c(-3, 0, 2, 8, 12)
spline <- coxph(Surv(time, ltp) ~ splines::ns(margin, knots = 5, Boundary.knots = c(0, 10)) + kras, d, cluster = patient, control = tight)
curve_at <- function(v) splines::ns(v, knots = 5, Boundary.knots = c(0, 10))
apart <- curve_at(grid) - curve_at(rep(5, length(grid)))
of_curve <- 1:2
out("spline.coef", apart %*% coef(spline)[of_curve])
out("spline.se", sqrt(diag(apart %*% spline$var[of_curve, of_curve] %*% t(apart))))
out("spline.chi2", coef(spline)[of_curve] %*% solve(spline$var[of_curve, of_curve]) %*% coef(spline)[of_curve])
cubed <- function(x) pmax(x, 0)^3
d$bent <- (cubed(d$margin) - 2 * cubed(d$margin - 5) + cubed(d$margin - 10)) / 100
bent <- coxph(Surv(time, ltp) ~ margin + bent + kras, d, cluster = patient, control = tight)
out("spline.nonlinear", coef(bent)[2]^2 / bent$var[2, 2])

# Fine and Gray's score, subject by subject as they define it: the residual with weights G(t-) / G(T-), and what is due to G
# being estimated; with every lesion alone it must be crr's variance, summed by patient it is the clustered one
of_fine_gray <- function(time, event, z, b, cluster) {
  n <- nrow(z); r <- exp(drop(z %*% b)); leaves <- sort(unique(time[event == 0])); tk <- sort(unique(time[event == 1]))
  before <- function(t) prod(vapply(leaves[leaves < t], function(u) 1 - sum(time == u & event == 0) / sum(time >= u), 0))
  g <- sapply(tk, before); own <- sapply(time, before)
  w <- outer(seq_len(n), seq_along(tk), Vectorize(function(i, k)
    if (time[i] >= tk[k]) 1 else if (event[i] > 1) g[k] / own[i] else 0))
  n_own <- sapply(tk, function(t) sum(time == t & event == 1))
  s0 <- colSums(w * r); mean_k <- t(sapply(seq_along(tk), function(k) colSums(w[, k] * r * z) / s0[k])); dl <- n_own / s0
  information <- Reduce(`+`, lapply(seq_along(tk), function(k)
    n_own[k] * (t(z) %*% (w[, k] * r * z) / s0[k] - mean_k[k, ] %*% t(mean_k[k, ]))))
  eta <- t(sapply(seq_len(n), function(i) {
    expected <- colSums(w[i, ] * r[i] * dl * sweep(-mean_k, 2, z[i, ], "+"))
    (if (event[i] == 1) z[i, ] - mean_k[match(time[i], tk), ] else 0) - expected
  }))
  q <- t(sapply(leaves, function(u) {
    found <- rep(0, ncol(z))
    for (j in which(event > 1 & time < u)) for (k in which(tk >= u)) found <- found + (z[j, ] - mean_k[k, ]) * w[j, k] * r[j] * dl[k]
    found
  }))
  y <- sapply(leaves, function(u) sum(time >= u)); dn <- sapply(leaves, function(u) sum(time == u & event == 0))
  psi <- t(sapply(seq_len(n), function(i)
    colSums(q / y * ((time[i] == leaves & event[i] == 0) - (time[i] >= leaves) * dn / y))))
  sums <- rowsum(eta + psi, cluster)
  solve(information) %*% crossprod(sums) %*% solve(information)
}
z <- cbind(d$below, d$kras, d$below * d$kras)
fg <- crr(d$time, d$event, z, failcode = 1, gtol = 1e-13, maxiter = 100)
alone <- of_fine_gray(d$time, d$event, z, fg$coef, seq_len(nrow(d)))
stopifnot(max(abs(alone / fg$var - 1)) < 1e-6)
out("fine_gray.coef_lesions", fg$coef)
out("fine_gray.cluster_se", sqrt(diag(of_fine_gray(d$time, d$event, z, fg$coef, d$patient))))
for (k in list(c(0, 30), c(5, 122), c(25, 64), c(7, 7))) out(paste0("exact.", k[1], "_", k[2]), binom.test(k[1], k[2])$conf.int)
