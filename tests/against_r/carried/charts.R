# R's p-charts and binomial quantiles, as "case,place,with,of,center,lower,upper,signal" on standard output: Rscript charts.R
# Charts by qcc 2.7, whose code is not carried; in funnels, lower and upper are qbinom's counts and center is the share.
suppressMessages(library(qcc))
stopifnot(packageVersion("qcc") == "2.7")
number <- function(x) format(as.numeric(x), digits = 15, trim = TRUE, scientific = FALSE)
out <- function(...) cat(paste(..., sep = ","), "\n", sep = "")
out("case", "place", "with", "of", "center", "lower", "upper", "signal")
same <- function(k) list(k = k, n = rep(20, length(k)))
cases <- list(
  unequal = list(k = c(2, 5, 0, 9, 3, 4, 6, 1, 7, 10), n = c(20, 50, 5, 60, 30, 40, 45, 10, 70, 80)),
  equal = same(c(3, 4, 2, 5, 3, 2, 4, 6, 1, 3)),
  near_none = list(k = c(0, 1, 0, 0, 2, 0, 9, 0, 0, 1), n = c(80, 120, 95, 60, 200, 70, 90, 110, 85, 100)),
  near_all = list(k = c(80, 119, 95, 60, 198, 70, 81, 110, 85, 99), n = c(80, 120, 95, 60, 200, 70, 90, 110, 85, 100)),
  all = same(rep(20, 8)),
  none = same(rep(0, 8)),
  beyond_both = same(c(10, 10, 10, 19, 10, 10, 1, 10, 10, 10)),
  run_of_six = same(c(9, 11, 9, 11, 11, 11, 11, 11, 11, 9, 9, 9, 9, 9)),
  run_of_seven = same(c(9, 9, 9, 9, 9, 9, 9, 11, 11, 11, 11, 11, 11, 11)),
  run_of_nine = same(c(11, 11, 11, 11, 11, 11, 11, 11, 11, 9, 9, 9, 9, 9, 9, 9, 9, 9)),
  center_ends_run = same(c(11, 11, 11, 11, 11, 11, 10, 11, 9, 9, 9, 9, 9, 9, 10, 9)),
  large = list(k = c(15000, 15600, 14800, 9000, 15100, 31000, 14950, 15020), n = c(50000, 50000, 50000, 30000, 50000, 100000, 50000, 50000))
)
for (name in names(cases)) {
  k <- cases[[name]]$k; n <- cases[[name]]$n
  chart <- qcc(k, sizes = n, type = "p", plot = FALSE)
  limits <- matrix(rep(t(chart$limits), length.out = 2 * length(k)), ncol = 2, byrow = TRUE)
  signal <- rep("", length(k))
  signal[chart$violations$violating.runs] <- "run"
  signal[chart$violations$beyond.limits] <- "beyond"
  for (i in seq_along(k)) out(name, i, number(k[i]), number(n[i]), number(chart$center), number(limits[i, 1]), number(limits[i, 2]), signal[i])
}
for (level in c(0.95, 0.998)) for (share in c(0, 0.003, 0.05, 0.25, 0.5, 0.93, 1)) {
  i <- 0
  for (n in c(1, 2, 5, 10, 33, 100, 487, 5000)) {
    tail <- (1 - level) / 2; i <- i + 1
    out(paste0("funnel_", level), paste(share, i, sep = "_"), "", n, number(share), qbinom(tail, n, share), qbinom(1 - tail, n, share), "")
  }
}
