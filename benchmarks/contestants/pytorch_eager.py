"""PyTorch without compilation, written for speed: tensors in memory, batches by index, no DataLoader.

The loss is never brought back to Python, which saves a synchronisation, and `fused` is the fastest of the
three ways that each optimizer of torch.optim has. Numbers too small for a normal float count as 0: velocities
fade to such, and without that, steps with momentum take ten times as long after a few thousand of them.
"""

import torch

from .work import MOMENTUM, SIZES, parse_options, print_result, read_mnist, time_epochs


def main() -> None:
    options = parse_options(__doc__)
    torch.set_num_threads(options.threads)
    torch.set_flush_denormal(True)
    torch.manual_seed(0)
    inputs, labels = as_tensors(*read_mnist(options.data_dir, "train", options.images))
    model = torch.nn.Sequential(
        torch.nn.Linear(SIZES[0], SIZES[1]), torch.nn.ReLU(), torch.nn.Linear(SIZES[1], SIZES[2])
    )
    if options.optimizer == "adam":
        optimizer = torch.optim.Adam(model.parameters(), options.learning_rate, fused=True)
    else:
        momentum = MOMENTUM if options.optimizer == "momentum" else 0
        optimizer = torch.optim.SGD(model.parameters(), options.learning_rate, momentum, fused=True)
    loss = torch.nn.CrossEntropyLoss()

    def epoch() -> None:
        for chosen in torch.randperm(len(inputs)).split(options.batch):
            optimizer.zero_grad()
            loss(model(inputs[chosen]), labels[chosen]).backward()
            optimizer.step()

    seconds = time_epochs(options.epochs, epoch)
    test_inputs, test_labels = as_tensors(*read_mnist(options.data_dir, "t10k"))
    with torch.no_grad():
        correct = model(test_inputs).argmax(1) == test_labels
    print_result(seconds, correct.float().mean().item())


def as_tensors(images, labels) -> tuple[torch.Tensor, torch.Tensor]:
    return torch.from_numpy(images), torch.tensor(labels, dtype=torch.long)


if __name__ == "__main__":
    main()
