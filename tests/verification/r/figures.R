# Figures of ape, phangorn and dendextend, against which the tests hold those of hiertools.
#
# Run with `Rscript figures.R` in this folder. Debian: r-cran-ape r-cran-phangorn r-cran-dendextend.
# It writes trees.tsv (Newick), figures.csv (one number a line), nj.csv (distance matrices) and
# versions.csv. The tests read the files; R is not needed to run them.

suppressPackageStartupMessages({
  library(ape)
  library(phangorn)
  library(dendextend)
})
RNGkind("Mersenne-Twister", "Inversion", "Rejection")
set.seed(20260101)

trees <- data.frame(name = character(), newick = character())
figures <- data.frame(
  first = character(), second = character(), measure = character(), k = integer(), value = numeric()
)
add_tree <- function(name, tree) {
  trees[nrow(trees) + 1, ] <<- list(name, write.tree(tree, digits = 17))
}
add <- function(first, second, measure, value, k = NA) {
  figures[nrow(figures) + 1, ] <<- list(first, second, measure, as.integer(k), as.numeric(value))
}

# Topologies and lengths: unrooted comparisons of random trees, and of multifurcating ones.
collapse <- function(tree, share) {
  inner <- which(tree$edge[, 2] > Ntip(tree))
  tree$edge.length[sample(inner, round(share * length(inner)))] <- 0
  di2multi(tree, tol = 1e-12)
}
for (n in c(6, 12, 30)) {
  for (kind in c("binary", "multi")) {
    pair <- lapply(1:2, function(i) {
      tree <- unroot(rtree(n, tip.label = sprintf("c%02d", seq_len(n))))
      tree$tip.label <- sample(tree$tip.label)
      if (kind == "multi") tree <- collapse(tree, 0.4)
      tree
    })
    names <- paste(kind, n, 1:2, sep = "_")
    for (i in 1:2) add_tree(names[i], pair[[i]])
    a <- pair[[1]]
    b <- pair[[2]]
    add(names[1], names[2], "ape_dist_topo", dist.topo(a, b))
    add(names[1], names[2], "phangorn_rf", RF.dist(a, b))
    add(names[1], names[2], "phangorn_rf_normalized", RF.dist(a, b, normalize = TRUE))
    add(names[1], names[2], "phangorn_weighted_rf", wRF.dist(a, b))
    add(names[1], names[2], "phangorn_branch_score", KF.dist(a, b))
    add(names[1], names[2], "phangorn_path", path.dist(a, b))
    add(names[1], names[2], "phangorn_path_length", path.dist(a, b, use.weight = TRUE))
  }
}
for (n in c(8, 25)) {
  pair <- lapply(1:2, function(i) {
    tree <- rcoal(n, tip.label = sprintf("c%02d", seq_len(n)))
    tree$tip.label <- sample(tree$tip.label)
    tree
  })
  names <- paste("rooted", n, 1:2, sep = "_")
  for (i in 1:2) add_tree(names[i], pair[[i]])
  add(names[1], names[2], "phangorn_rf_rooted", RF.dist(pair[[1]], pair[[2]], rooted = TRUE))
  add(names[1], names[2], "phangorn_weighted_rf_rooted", wRF.dist(pair[[1]], pair[[2]], rooted = TRUE))
}

# Dendrograms: two linkages of the same points, and of unlike points. The Newick text keeps merge
# heights as half of path lengths, exactly.
for (n in c(7, 15, 40)) {
  points <- matrix(rnorm(4 * n), n)
  rownames(points) <- sprintf("c%02d", seq_len(n))
  other <- points[, 1:2] + matrix(rnorm(2 * n), n)
  hcs <- list(
    average = hclust(dist(points), "average"),
    complete = hclust(dist(points), "complete"),
    single = hclust(dist(other), "single")
  )
  names(hcs) <- paste(names(hcs), n, sep = "_")
  for (name in names(hcs)) add_tree(name, as.phylo(hcs[[name]]))
  for (pair in list(c(1, 2), c(1, 3), c(2, 3))) {
    x <- names(hcs)[pair[1]]
    y <- names(hcs)[pair[2]]
    a <- as.dendrogram(hcs[[x]])
    b <- as.dendrogram(hcs[[y]])
    add(x, y, "dendextend_cophenetic", cor_cophenetic(a, b))
    add(x, y, "dendextend_bakers_gamma", cor_bakers_gamma(a, b))
    for (k in c(2, 3, 5, n - 2)) {
      bk <- FM_index(cutree(hcs[[x]], k), cutree(hcs[[y]], k), assume_sorted_vectors = TRUE)
      add(x, y, "dendextend_bk", bk, k)
      add(x, y, "dendextend_bk_chance", attr(bk, "E_FM"), k)
      add(x, y, "dendextend_bk_variance", attr(bk, "V_FM"), k)
    }
  }
}

# Neighbour joining: distances without ties, and the tree that ape builds from them.
nj_rows <- data.frame(name = character(), first = character(), second = character(), value = numeric())
for (n in c(5, 12, 30)) {
  points <- matrix(rnorm(3 * n), n)
  rownames(points) <- sprintf("c%02d", seq_len(n))
  d <- as.matrix(dist(points))
  name <- paste("nj", n, sep = "_")
  add_tree(name, nj(as.dist(d)))
  for (i in seq_len(n)) for (j in seq_len(n)) if (i < j) {
    nj_rows[nrow(nj_rows) + 1, ] <- list(name, rownames(d)[i], rownames(d)[j], d[i, j])
  }
}

number <- function(x) ifelse(is.na(x), "", trimws(formatC(x, digits = 17, format = "g")))
figures$value <- number(figures$value)
nj_rows$value <- number(nj_rows$value)
save <- function(data, file) write.csv(data, file, row.names = FALSE, quote = FALSE, na = "")
write.table(trees, "trees.tsv", sep = "\t", row.names = FALSE, quote = FALSE)
save(figures, "figures.csv")
save(nj_rows, "nj.csv")
save(
  data.frame(
    name = c("R", "ape", "phangorn", "dendextend"),
    version = c(
      as.character(getRversion()),
      sapply(c("ape", "phangorn", "dendextend"), function(p) as.character(packageVersion(p)))
    )
  ),
  "versions.csv"
)
