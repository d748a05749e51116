"""One script per contestant: each reads MNIST, trains 784-128-10, and prints one line of JSON.

Everybody does the same work: the same images from the same gzip files, 32-bit floats, 128 nodes with relu,
softmax and cross-entropy, batches of 64 in a new order each epoch, gradient descent with momentum 0.9.
"""
