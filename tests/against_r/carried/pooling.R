# R's pooled figures of imputations.csv as "figure,value": Rscript pooling.R FOLDER, which holds lesions.csv and it.
# Last come models of covariates that change in time, with delayed entry, on the rows that tmerge makes of each data set.
# imputations.csv: the diameter of each lesion of lesions.csv, in five completed data sets (made by test_pooling.py).
suppressMessages({library(survival); library(mice)})
folder <- commandArgs(trailingOnly = TRUE)[1]
out <- function(name, values) for (i in seq_along(values)) {
  cat(name, ".", i, ",", format(as.numeric(values[i]), digits = 16), "\n", sep = "")
}
l <- read.csv(file.path(folder, "lesions.csv")); l$ltp <- as.integer(l$event == 1)
completed <- read.csv(file.path(folder, "imputations.csv"))
tight <- coxph.control(eps = 1e-13, toler.chol = 1e-14, iter.max = 50)
fits <- function(fit) lapply(completed, function(column) { d <- l; d$diameter <- column; fit(d) })
show <- function(name, pooled) {
  p <- pooled$pooled; s <- summary(pooled, conf.int = TRUE)
  out(paste0(name, ".estimate"), p$estimate); out(paste0(name, ".se"), s$std.error); out(paste0(name, ".df"), p$df)
  out(paste0(name, ".fmi"), p$fmi); out(paste0(name, ".p"), s$p.value)
  out(paste0(name, ".lower"), s[["2.5 %"]]); out(paste0(name, ".upper"), s[["97.5 %"]])
}
cox <- fits(function(d) coxph(Surv(time, ltp) ~ kras + diameter, d, control = tight))
show("cox", pool(as.mira(cox), dfcom = sum(l$ltp) - 2))
glm_of <- fits(function(d) glm(ltp ~ kras + diameter, binomial, d, control = glm.control(epsilon = 1e-14, maxit = 100)))
show("logistic", pool(as.mira(glm_of), dfcom = nrow(l) - 3))
clustered <- fits(function(d) coxph(Surv(time, ltp) ~ kras + diameter, d, cluster = patient, control = tight))
df <- min(sum(l$ltp), length(unique(l$patient))) - 2
for (j in 1:2) {
  one <- pool.scalar(sapply(clustered, function(m) coef(m)[j]), sapply(clustered, function(m) m$var[j, j]), n = df + 1, k = 1)
  out(paste0("clustered.", j), c(one$qbar, sqrt(one$t), one$df, one$fmi))
}
l$row <- seq_len(nrow(l)); l$since <- l$entry + 2; w <- l[l$since < l$time, ]
changes <- data.frame(row = w$row, day = 2 + w$patient %% 9)[w$row %% 5 < 2, ]
varying <- fits(function(d) {
  long <- tmerge(d[l$since < d$time, ], w, id = row, tstart = since, tstop = time, ltp = event(time, ltp))
  long <- tmerge(long, changes, id = row, again = tdc(day))
  coxph(Surv(tstart, tstop, ltp) ~ kras + diameter + again, long, control = tight)
})
show("varying", pool(as.mira(varying), dfcom = sum(w$ltp) - 3))
