"""Heads of real ImageNet classifiers side by side, against the WordNet tree of their classes.

    python examples/imagenet_heads.py                                  # the net that is shipped
    python examples/imagenet_heads.py timm:resnet50 timm:vit_base_patch16_224
    python examples/imagenet_heads.py "torchvision:resnet50" "timm:resnet50?pretrained=false"

Sources beyond the shipped one need `pip install 'hiertools[vision]'` and fetch their weights.
"""

import sys

import hiertools as ht


def main(sources: list[str]) -> None:
    models = {"efficientnet-lite0 (shipped)": ht.load_imagenet_head()}
    models.update((source, ht.as_representatives(source)) for source in sources)
    tree = ht.load_imagenet_tree()
    # Softmax is blind to a vector common to all classes; cosine is not: take it out.
    result = ht.compare(
        models, tree, center=True, levels=[4, 8, 12], permutations=99, intervals=False
    )
    print(result)


if __name__ == "__main__":
    main(sys.argv[1:])
