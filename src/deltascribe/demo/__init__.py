"""The demo: captions the pairs and the scene that come with the package, and writes a page to look at them."""

from deltascribe.demo.page import render_page
from deltascribe.demo.run import Captioner, Demo, how_to, run_demo
from deltascribe.demo.scene import DemoScene, SceneFiles
from deltascribe.demo.words import describe, describe_scene

__all__ = ["Captioner", "Demo", "DemoScene", "SceneFiles", "describe", "describe_scene", "how_to", "render_page", "run_demo"]
