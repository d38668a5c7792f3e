"""What the calls take and give, and what streams tell."""

from .generated.models import *  # noqa: F403
from .generated.models import __all__ as __all__
