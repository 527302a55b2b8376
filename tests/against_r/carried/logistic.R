# R's figures of logistic models put to the test, as "figure,value" on standard output: Rscript logistic.R FOLDER, which
# holds lesions.csv and draws.csv (a column for each sample: how often each patient is in it). Of patients by rms (lrm,
# val.prob), with the first lesion of each; of lesions by geepack (geeglm). C is somers2's of Hmisc: lrm and val.prob put
# risks into bins first, which is off by 0.006 in the seventh sample.
suppressMessages({library(rms); library(geepack)})
folder <- commandArgs(trailingOnly = TRUE)[1]
l <- read.csv(file.path(folder, "lesions.csv")); l$ltp <- as.integer(l$event == 1)
draws <- read.csv(file.path(folder, "draws.csv"))
place <- match(l$patient, unique(l$patient)); first <- !duplicated(l$patient)
out <- function(name, values) for (i in seq_along(values)) {
  cat(name, ".", i, ",", format(as.numeric(values[i]), digits = 16), "\n", sep = "")
}
figures <- function(name, d, own, fit, again) {
  X <- cbind(1, as.matrix(d[, c("kras", "diameter")]))
  measure <- function(lp, y, n) {    # of rows that stand there so often
    r <- rep(seq_along(lp), n)
    c(somers2(round(lp[r], 12), y[r])["C"], val.prob(logit = lp[r], y = y[r], pl = FALSE)["Brier"])
  }
  each <- rep(1, nrow(d)); lp <- drop(X %*% fit(d))
  out(paste0(name, ".apparent"), measure(lp, d$ltp, each))
  g <- cut(plogis(lp), c(0, quantile(plogis(lp), c(1, 2) / 3, type = 7), 1), right = FALSE, labels = FALSE)
  out(paste0(name, ".groups"), c(tapply(d$ltp, g, mean), tapply(plogis(lp), g, mean)))
  gone <- sapply(draws, function(n) {
    n <- n[own]; rows <- rep(seq_len(nrow(d)), n); s <- d[rows, ]
    s$id <- paste(s$patient, ave(seq_along(rows), rows, FUN = seq_along)); s <- s[order(s$id), ]
    b <- drop(X %*% fit(s))
    c(measure(b, d$ltp, n) - measure(b, d$ltp, each), c(0, 1) - again(transform(d, lp = b)))
  })
  out(paste0(name, ".optimism"), rowMeans(gone))
}
lrm_of <- function(s) coef(lrm(ltp ~ kras + diameter, s, eps = 1e-13, maxit = 100))
figures("tested.patients", l[first, ], place[first], lrm_of, function(d) {
  v <- val.prob(logit = d$lp, y = d$ltp, pl = FALSE)
  g <- coef(glm(ltp ~ lp, binomial, d, control = glm.control(epsilon = 1e-14, maxit = 100)))
  stopifnot(all.equal(unname(v[c("Intercept", "Slope")]), unname(g), tolerance = 1e-5)) # val.prob stops earlier
  g
})
tight <- geese.control(epsilon = 1e-13, maxit = 200)
l$id <- l$patient
gee_of <- function(s) coef(geeglm(ltp ~ kras + diameter, binomial, s, id = factor(s$id, unique(s$id)),
                                  corstr = "exchangeable", control = tight))
figures("tested.lesions", l, place, gee_of, function(d) {
  coef(geeglm(ltp ~ lp, binomial, d, id = d$patient, corstr = "exchangeable", control = tight))
})
