"""Published change captioners, written anew from their papers; importing this registers them."""

from deltascribe.models.peers import chg2cap as _chg2cap
from deltascribe.models.peers import mci as _mci
from deltascribe.models.peers import plain as _plain
from deltascribe.models.peers import psnet as _psnet
from deltascribe.models.peers import rsiccformer as _rsiccformer
from deltascribe.models.peers import rsicrc as _rsicrc
from deltascribe.models.peers import sparse_focus as _sparse_focus

del _chg2cap, _mci, _plain, _psnet, _rsiccformer, _rsicrc, _sparse_focus
