# Delta plots of ape and delta scores of phangorn, against which the tests hold those of hiertools.
#
# Run with `Rscript delta.R` in this folder. Debian: r-cran-ape, r-cran-phangorn. It writes
# delta.csv: distances in condensed form, the mean delta of each class (ape) and of all quartets
# (phangorn, which takes sequences alone; ape elsewhere). The tests read the file; R is not needed to
# run them.

suppressPackageStartupMessages({
  library(ape)
  library(phangorn)
})
RNGkind("Mersenne-Twister", "Inversion", "Rejection")
set.seed(20261126)

join <- function(x) paste(format(as.vector(x), digits = 17, trim = TRUE), collapse = " ")
rows <- NULL
for (case in 1:5) {
  n <- c(5, 8, 12, 10, 9)[case]
  names <- sprintf("c%02d", seq_len(n))
  sequences <- NULL
  if (case <= 3) {
    distances <- dist(matrix(rnorm(3 * n), n))
  } else if (case == 4) {
    tree <- rtree(n, tip.label = names)
    noise <- as.matrix(dist(matrix(rnorm(3 * n), n)))
    distances <- as.dist(cophenetic(tree)[names, names] + 0.1 * noise)
  } else {
    letters <- matrix(sample(c("a", "c", "g", "t"), 997 * n, replace = TRUE), n)
    letters[, 1:400] <- rep(letters[1, 1:400], each = n)
    rownames(letters) <- names
    sequences <- phyDat(letters)
    distances <- dist.hamming(sequences)
  }
  each <- delta.plot(distances, plot = FALSE)$delta.bar
  mean <- if (is.null(sequences)) mean(each) else delta.score(sequences, arg = "mean")
  rows <- rbind(rows, data.frame(
    distances = join(distances), each = join(each), mean = format(mean, digits = 17),
    by = if (is.null(sequences)) "ape" else "phangorn",
    ape = as.character(packageVersion("ape")), phangorn = as.character(packageVersion("phangorn"))
  ))
}
write.csv(rows, "delta.csv", row.names = FALSE, quote = TRUE)
