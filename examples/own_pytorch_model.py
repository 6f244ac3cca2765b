"""Your own PyTorch model, in ten lines.

pip install 'hiertools[torch]'
python examples/own_pytorch_model.py
"""

import torch
from torch import nn

import hiertools as ht
from hiertools.producers import from_module

classes = ["lynx", "puma", "wolf", "fox", "newt", "toad"]
tree = ht.as_tree(
    {"mammals": {"cats": classes[:2], "dogs": classes[2:4]}, "amphibians": classes[4:]}
)

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(32, 16), nn.ReLU(), nn.Linear(16, len(classes)))
# ... train it here; before that, the scores should be at the level of chance:
print(ht.compare(from_module(model, classes), tree, permutations=99))

# A checkpoint on disk works the same way, and is never unpickled beyond plain tensors:
torch.save(model.state_dict(), "model.pt")
print(ht.infer_tree(ht.as_representatives("model.pt", classes)).to_newick())
