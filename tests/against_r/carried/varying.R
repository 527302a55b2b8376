# R's figures of covariates that change during follow-up on lesions.csv, as "figure,value": Rscript varying.R <folder of
# lesions.csv>. The rows (start, stop] are made by tmerge. `on` is 1 in two spells, of which one may overlap the other or
# begin on the day of the event; `again` is 1 from a day on.
suppressMessages(library(survival))
d <- read.csv(file.path(commandArgs(trailingOnly = TRUE)[1], "lesions.csv"))
out <- function(name, values) for (i in seq_along(values)) cat(name, ".", i, ",", format(as.numeric(values[i]), digits = 16), "\n", sep = "")
tight <- coxph.control(eps = 1e-13, toler.chol = 1e-14, iter.max = 50)
d$ltp <- as.integer(d$event == 1); d$row <- seq_len(nrow(d))
begin1 <- ifelse(d$row %% 3 == 0, NA, d$diameter %% 11); end1 <- begin1 + 3 + d$patient %% 5
begin2 <- ifelse(d$row %% 4 == 1, d$time - d$row %% 3, NA)
again <- ifelse(d$row %% 5 < 2, 2 + d$patient %% 9, NA)
spell <- function(t, b, e) !is.na(b) & b < t & (is.na(e) | t <= e)   # whether it counts in the row that ends at t
cuts <- data.frame(row = rep(d$row, 4), day = c(begin1, end1, begin2, again))
cuts <- cuts[!is.na(cuts$day) & cuts$day > 0, ]
changing <- function(long) {
  long <- tmerge(long, cuts, id = row, cut = cumtdc(day))
  i <- long$row
  long$on <- as.integer(spell(long$tstop, begin1[i], end1[i]) | spell(long$tstop, begin2[i], NA))
  long$again <- as.integer(spell(long$tstop, again[i], NA))
  long
}
long <- changing(tmerge(d, d, id = row, ltp = event(time, ltp)))
stopifnot(sum(long$ltp) == sum(d$ltp), max(table(long$row)) > 3)
d$since <- d$entry + 2
watched <- d[d$since < d$time, ]    # delayed entry: rows begin on the day of the entry
late <- changing(tmerge(watched, watched, id = row, tstart = since, tstop = time, ltp = event(time, ltp)))
stopifnot(sum(late$ltp) == sum(watched$ltp), nrow(watched) < nrow(d), min(late$tstart) == min(watched$since))
figures <- function(name, f, with_zph = FALSE) {
  out(paste0(name, ".coef"), coef(f)); out(paste0(name, ".se"), sqrt(diag(f$var)))
  if (with_zph) out(paste0(name, ".zph"), cox.zph(f)$table[, "chisq"])
  if (is.null(f$naive.var)) out(paste0(name, ".lr"), 2 * diff(f$loglik))
  out(paste0(name, ".wald"), f$wald.test)
}
terms <- Surv(tstart, tstop, ltp) ~ kras + diameter + on + again
figures("varying.plain", coxph(terms, long, control = tight), with_zph = TRUE)
figures("varying.clustered", coxph(terms, long, cluster = patient, control = tight))
figures("varying.strata", coxph(update(terms, . ~ . + strata(centre)), long, control = tight))
figures("varying.breslow", coxph(terms, long, ties = "breslow", control = tight))
figures("varying.entry", coxph(terms, late, control = tight), with_zph = TRUE)
figures("varying.entry_clustered", coxph(update(terms, . ~ . + strata(centre)), late, cluster = patient, control = tight))
figures("varying.crossed", coxph(Surv(tstart, tstop, ltp) ~ on * kras, long, control = tight))
