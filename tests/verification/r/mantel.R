# Mantel tests of vegan, with strata and partial, against which the tests hold those of hiertools.
#
# Run with `Rscript mantel.R` in this folder. Debian: r-cran-vegan, r-cran-ape. It writes
# mantel.csv: distances of a model and of a covariate in condensed form, a tree, strata, and what
# vegan makes of them. All permutations within strata are looked at, so that p is exact. The tests
# read the file; R is not needed to run them.

suppressPackageStartupMessages({
  library(ape)
  library(vegan)
})
RNGkind("Mersenne-Twister", "Inversion", "Rejection")
set.seed(20261126)

join <- function(x) paste(format(as.vector(x), digits = 17, trim = TRUE), collapse = " ")
rows <- NULL
for (case in 1:6) {
  n <- c(6, 6, 7, 7, 8, 9)[case]
  tree <- rtree(n, br = NULL, tip.label = sprintf("c%d", sample(n)))
  tree$edge.length <- rep(1, nrow(tree$edge))
  names <- sort(tree$tip.label)
  paths <- as.dist(cophenetic(tree)[names, names])
  model <- dist(matrix(rnorm(3 * n), n))
  other <- dist(rnorm(n))
  strata <- sample(rep_len(1:(2 + case %% 2), n))
  design <- how(blocks = factor(strata), complete = TRUE, maxperm = 1e5, minperm = 1e5)
  plain <- mantel(paths, model, method = "spearman", permutations = design)
  partial <- mantel.partial(paths, model, other, method = "spearman", permutations = 0)
  tree$edge.length <- NULL
  rows <- rbind(rows, data.frame(
    tree = write.tree(tree), model = join(model), covariate = join(other),
    strata = join(strata), statistic = plain$statistic, p = plain$signif,
    permutations = length(plain$perm), partial = partial$statistic,
    vegan = as.character(packageVersion("vegan"))
  ))
}
rows[c("statistic", "p", "partial")] <- lapply(
  rows[c("statistic", "p", "partial")], function(x) format(x, digits = 17, trim = TRUE)
)
write.csv(rows, "mantel.csv", row.names = FALSE, quote = TRUE)
