"""Named errors. Every message says what is wrong and what to do next.

All derive from `DeltascribeError`, so that a caller (the command line, a server, a batch job) can tell
"your input needs attention" from a defect of ours with one `except`.
"""

from deltascribe.shell import install_extra


class DeltascribeError(Exception):
    """Base of all errors that a user can act upon."""


# images and pairs


class ImageError(DeltascribeError):
    """Base of everything that is wrong with an image or a pair of images."""


class ImageNotFoundError(ImageError, FileNotFoundError):
    """A path of a pair leads to no file."""


class ImageDecodeError(ImageError):
    """A file is corrupt, truncated, or in a format that cannot be read."""


class ImageTooLargeError(ImageError):
    """An image declares more pixels than the limit (a decompression bomb, or a whole scene)."""


class BandError(ImageError):
    """An image has a number of bands that cannot be read as RGB, or the bands asked for are not there."""


class PixelValueError(ImageError):
    """Pixel values are NaN or infinite, or lie outside the range that the scaling expects."""


class UnplacedError(ImageError):
    """An image does not say where it lies, and what was asked for needs it."""


class SizeMismatchError(ImageError):
    """The two images of a pair differ in size."""


class PairListError(DeltascribeError):
    """The pairs that were asked for cannot be told from the files or the list given."""


# scenes


class SceneError(DeltascribeError):
    """Base of everything that is wrong with a pair of scenes, or with a run over them."""


class RasterError(SceneError, ImageError):
    """A raster's header declares what can't be, or won't be, read."""


class NoOverlapError(SceneError):
    """Two scenes share no ground, or too little of it for one tile."""


class ResolutionError(SceneError):
    """The ground resolution is far from what the model knows."""


class ManifestError(SceneError):
    """The record of a run cannot be used or written."""


class ExecutorError(SceneError):
    """The machines that a run was to use cannot be reached or failed."""


# data sets


class DatasetError(DeltascribeError):
    """A data set is not in the layout its reader expects."""


class DatasetNotFoundError(DatasetError, FileNotFoundError):
    """A data set, or a part of it, is not on disk."""


class CaptionFileError(DatasetError):
    """A caption file is not valid JSON/CSV or lacks a field."""


# models and training


class ModelError(DeltascribeError):
    """A model or its checkpoint cannot be used as asked."""


class UnknownModelError(ModelError, LookupError):
    """No model is registered under a name."""


class OwnCodeError(ModelError):
    """Python code that the user wants imported is not there, or fails."""


class ModelInterfaceError(ModelError):
    """A model does not give what training and generation read, see `CaptionModel`."""


class CheckpointError(ModelError):
    """A checkpoint folder is missing a file, is truncated, or does not fit its configuration."""


class ModelKindError(CheckpointError):
    """A checkpoint holds a change detector where a captioner is wanted, or the other way round."""


class BackboneError(ModelError):
    """A vision backbone cannot be built, or its weights do not fit it."""


class ConfigError(DeltascribeError):
    """A configuration file or an override is not valid."""


class VocabularyError(DeltascribeError):
    """A vocabulary does not fit the text or the model."""


class PredictionsError(DeltascribeError):
    """A predictions file does not fit the references."""


class VerdictError(DeltascribeError):
    """A form with verdicts on captions is not filled in by its rule, or would be overwritten."""


class MissingDependencyError(DeltascribeError, ImportError):
    """An optional feature needs a package that is not installed."""

    def __init__(self, package: str, feature: str, extra: str) -> None:
        super().__init__(f"{feature} needs the package '{package}'. Install it with: {install_extra(extra)}")
        self.package = package
        self.feature = feature
        self.extra = extra


def one_line(error: Exception) -> str:
    """The message of an error that a user can act upon; of the system's, the files and the reason."""
    if isinstance(error, DeltascribeError):
        return str(error)
    reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
    files = [str(name) for name in (getattr(error, "filename", None), getattr(error, "filename2", None)) if name is not None]
    return " ".join(f"{' -> '.join(files)}{': ' * bool(files)}{reason}".split())
