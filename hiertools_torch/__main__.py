"""``python -m hiertools_torch``, which ``torchrun -m`` and ``fabric run`` can start."""

from hiertools_torch.cli import main

if __name__ == "__main__":
    main()
