# What R's ape, phangorn, treespace, dendextend and TreeDist say of the trees of cases.csv.
#
# Run with `Rscript peers.R` in this folder; it writes r.csv and treedist.csv. Debian: r-cran-ape
# r-cran-phangorn r-cran-treespace r-cran-dendextend; TreeDist, TreeTools and PlotTools from source
# (github.com/ms609), in the library that TREEDIST_LIB names. Every figure of
# docs/where-peers-differ.md is one of these or of python.csv; R is not needed to run the tests.

suppressWarnings(suppressPackageStartupMessages({
  library(ape)
  library(phangorn)
  library(dendextend)
  library(treespace)
}))

cases <- read.csv("cases.csv")
rows <- data.frame()
# Peers print what they do to the trees ("unrooted both"); what they return is kept.
add <- function(package, call, case, f) {
  pair <- cases[cases$case == case, ]
  trees <- lapply(c(pair$first, pair$second), function(text) read.tree(text = text))
  value <- tryCatch(
    suppressWarnings(suppressMessages(
      format(round(as.numeric(f(trees[[1]], trees[[2]])), 6), nsmall = 0, trim = TRUE)
    )),
    error = function(problem) paste("refused:", trimws(conditionMessage(problem)))
  )
  version <- as.character(packageVersion(package))
  rows <<- rbind(rows, data.frame(package, version, call, case, value))
}

for (case in c("rooted_1", "rooted_2", "rooted_3")) {
  add("phangorn", "RF.dist(rooted=TRUE)", case, function(a, b) RF.dist(a, b, rooted = TRUE))
}
for (case in c("star", "rooted_1", "rooted_3")) {
  add("phangorn", "path.dist", case, function(a, b) path.dist(a, b))
}
for (case in c("pendant", "star_with_lengths")) {
  add("ape", "dist.topo(method='score')", case, function(a, b) dist.topo(a, b, method = "score"))
  add("phangorn", "KF.dist", case, function(a, b) KF.dist(a, b))
}
for (case in c("rooted_1", "zero", "chain_of_three")) {
  add("treespace", "treeDist", case, function(a, b) treeDist(a, b))
}

# Dendrograms of an ultrametric tree: merges in order of height, equal ones as they come.
as_dendrogram <- function(tree) as.dendrogram(as.hclust(tree))
for (case in c("tied_1", "tied_2")) {
  add("dendextend", "cor_bakers_gamma", case, function(a, b) {
    cor_bakers_gamma(as_dendrogram(a), as_dendrogram(b), warn = FALSE)
  })
  add("dendextend", "cor_cophenetic", case, function(a, b) {
    cor_cophenetic(as_dendrogram(a), as_dendrogram(b))
  })
}

.libPaths(c(Sys.getenv("TREEDIST_LIB"), .libPaths()))
suppressPackageStartupMessages(library(TreeDist))
for (case in c("same", "unmatched", "near", "equal_split")) {
  add("TreeDist", "MatchingSplitDistance", case, MatchingSplitDistance)
  add("TreeDist", "DifferentPhylogeneticInfo", case, DifferentPhylogeneticInfo)
  add("TreeDist", "MatchingSplitInfoDistance", case, MatchingSplitInfoDistance)
  add("TreeDist", "ClusteringInfoDistance", case, ClusteringInfoDistance)
}
write.csv(rows, "r.csv", row.names = FALSE)

# Where both agree: TreeDist on the random trees of ../r/trees.tsv.
random <- read.delim("../r/trees.tsv")
measures <- list(
  ClusteringInfoDistance = ClusteringInfoDistance,
  DifferentPhylogeneticInfo = DifferentPhylogeneticInfo,
  MatchingSplitInfoDistance = MatchingSplitInfoDistance,
  "JaccardRobinsonFoulds(k=2)" = function(a, b) JaccardRobinsonFoulds(a, b, k = 2),
  "JaccardRobinsonFoulds(allowConflict=FALSE)" =
    function(a, b) JaccardRobinsonFoulds(a, b, k = 1, allowConflict = FALSE),
  KendallColijn = KendallColijn,
  PathDist = PathDist
)
agreed <- data.frame()
for (stem in c("multi_6", "multi_12", "multi_30", "binary_12", "rooted_8", "rooted_25")) {
  pair <- lapply(1:2, function(i) {
    read.tree(text = random$newick[random$name == paste(stem, i, sep = "_")])
  })
  for (call in names(measures)) {
    value <- format(as.numeric(measures[[call]](pair[[1]], pair[[2]])), digits = 15)
    agreed <- rbind(agreed, data.frame(trees = stem, call = call, value = value))
  }
}
write.csv(agreed, "treedist.csv", row.names = FALSE)
