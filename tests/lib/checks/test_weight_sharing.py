"""The checks of weight sharing and of auxiliary losses see gradients, not values alone."""

import torch
from torch.nn.functional import cross_entropy

from lib import checks


def share(branch, images, first=lambda x: x, second=lambda x: x):
    return torch.stack([first(branch(images[:, :1])), second(branch(images[:, 1:]))], dim=1)


def test_a_branch_that_learns_from_one_image_only_is_told_from_which():
    def only_first(branch, images):
        return share(branch, images, second=torch.Tensor.detach)

    def only_second(branch, images):
        return share(branch, images, first=torch.Tensor.detach)

    assert checks.share(share).passed
    assert "the second image teaches the branch nothing" in checks.share(only_first).message
    assert "the first image teaches the branch nothing" in checks.share(only_second).message


def test_one_batch_of_all_images_is_sharing_too():
    def batched(branch, images):
        return branch(images.reshape(-1, 1, 14, 14)).view(-1, 2, 10)

    assert checks.share(batched).passed


def total_loss(target, digits, pairs, weight):
    first, second = (cross_entropy(digits[:, i], pairs.labels[:, i]) for i in (0, 1))
    return cross_entropy(target, pairs.target) + weight * (first + second)


def test_a_loss_whose_comparison_is_detached_is_refused_with_that_cause():
    def detached(target, digits, pairs, weight):
        return total_loss(target.detach(), digits, pairs, weight)

    assert checks.total_loss(total_loss).passed
    assert "the comparison would learn nothing" in checks.total_loss(detached).message


def test_a_log_softmax_first_changes_nothing_and_passes():
    def twice(target, digits, pairs, weight):
        return total_loss(target.log_softmax(1), digits.log_softmax(2), pairs, weight)

    assert checks.total_loss(twice).passed
