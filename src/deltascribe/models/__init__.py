"""Change captioning models, by name."""

from deltascribe.models import dfm as _dfm  # registers itself
from deltascribe.models import ensemble as _ensemble  # registers itself
from deltascribe.models import peers as _peers  # register themselves
from deltascribe.models.conformity import check_interface
from deltascribe.models.interface import Batch, CaptionModel, DecoderCache, Memory, ModelOutput
from deltascribe.models.registry import check_model_config, create_model, list_models, register_model

__all__ = [
    "Batch",
    "CaptionModel",
    "DecoderCache",
    "Memory",
    "ModelOutput",
    "check_interface",
    "check_model_config",
    "create_model",
    "list_models",
    "register_model",
]

del _dfm, _ensemble, _peers
