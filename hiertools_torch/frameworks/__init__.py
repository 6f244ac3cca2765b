"""What other training loops take: Lightning, Hugging Face's Trainer, torchmetrics, and any other.

`hiertools_torch.frameworks.scores.hierarchy_scores` is a plain function for any loop. The modules
``lightning``, ``huggingface`` and ``torchmetrics`` here import the library of that name.
"""
