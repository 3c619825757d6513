# Usage: Rscript rOptimum.R table.csv glm|glmnet
# data.table's fread, then R: glm.fit to the maximum likelihood, or glmnet's ridge at lambda 0.01 on standardized columns.
# Prints the objective there: the mean loss, with the penalty for the ridge. The labels are the last column.
suppressMessages(library(data.table))
args <- commandArgs(trailingOnly = TRUE)
X <- as.matrix(fread(args[1], showProgress = FALSE))
d <- ncol(X) - 1
y <- X[, d + 1]
X <- X[, seq_len(d)]
if (args[2] == "glm") {
  w <- glm.fit(cbind(1, X), y, family = binomial(), control = list(epsilon = 1e-12))$coefficients
  penalty <- 0
} else {
  suppressMessages(library(glmnet))
  w <- as.vector(coef(glmnet(X, y, family = "binomial", alpha = 0, lambda = 0.01, thresh = 1e-12)))
  sd <- sqrt(colMeans(X^2) - colMeans(X)^2)
  penalty <- 0.01 / 2 * sum((w[-1] * sd)^2)
}
h <- as.vector(X %*% w[-1]) + w[1]
cat(format(mean(pmax(h, 0) - h * y + log1p(exp(-abs(h)))) + penalty, digits = 17), "\n")
