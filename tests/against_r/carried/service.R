# R's exact intervals, quartiles and funnel limits of centres, as "what,name,values" on standard output: Rscript service.R
# Base R alone: binom.test, quantile (type 7) and qbinom.
number <- function(x) format(as.numeric(x), digits = 15, trim = TRUE, scientific = FALSE)
out <- function(...) cat(paste(..., sep = ","), "\n", sep = "")
out("what", "name", "k", "n", "first", "second", "third", "fourth")
for (pair in list(c(0, 1), c(1, 1), c(0, 20), c(20, 20), c(3, 20), c(1, 200), c(47, 193), c(499, 500), c(1234, 54321))) {
  limits <- binom.test(pair[1], pair[2])$conf.int
  out("interval", paste(pair, collapse = "_"), pair[1], pair[2], number(limits[1]), number(limits[2]), "", "")
}
waits <- list(one = 9, two = c(0, 20), three = c(20, 0, 9), tied = c(rep(7, 5), rep(21, 3), 90), many = (1:97 * 37) %% 101)
for (name in names(waits)) {
  q <- number(quantile(waits[[name]], c(0.25, 0.5, 0.75), type = 7, names = FALSE))
  out("quartiles", name, "", length(waits[[name]]), q[1], q[2], q[3], "")
}
k <- c(2, 5, 1, 30, 0, 7); n <- c(20, 50, 5, 60, 40, 81)
share <- sum(k) / sum(n)
for (i in seq_along(k)) {
  limits <- c(qbinom(c(0.025, 0.975), n[i], share), qbinom(c(0.001, 0.999), n[i], share))
  out("funnel", paste0("c", i), k[i], n[i], limits[1], limits[2], limits[3], limits[4])
}
