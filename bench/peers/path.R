# cv.glmnet over ten folds by row number, at the lambdas of a file, as bench/path.ts asks for it: the largest violation of
# the optimality conditions over the path of all rows, and the best log loss. Arguments: the CSV, that of lambdas, thresh.
suppressMessages(library(glmnet))
args <- commandArgs(trailingOnly = TRUE)
data <- as.matrix(data.table::fread(args[1]))
lambdas <- data.table::fread(args[2])$lambda
y <- data[, ncol(data)]
x <- data[, -ncol(data)]
folds <- (seq_along(y) - 1) %% 10 + 1
fit <- cv.glmnet(x, y, family = "binomial", foldid = folds, lambda = lambdas, thresh = as.numeric(args[3]))
path <- fit$glmnet.fit
scale <- sqrt(colMeans(x^2) - colMeans(x)^2)
standardized <- base::scale(x, scale = scale)
worst <- 0
for (k in seq_along(path$lambda)) {
  beta <- path$beta[, k]
  z <- 1 / (1 + exp(-as.vector(path$a0[k] + x %*% beta)))
  g <- as.vector(crossprod(standardized, z - y)) / length(y)
  violation <- ifelse(beta != 0, abs(g + path$lambda[k] * sign(beta)), pmax(abs(g) - path$lambda[k], 0))
  worst <- max(worst, violation, abs(mean(z - y)))
}
cat(worst, min(fit$cvm) / 2, length(path$lambda), "\n")
