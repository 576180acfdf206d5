"""The fault tests of the ETL with hundreds of random kills and cuts: `make soak-etl`. IOC_TEST_KILLS sets how many."""

import os

os.environ.setdefault("IOC_TEST_KILLS", "200")

from tests.etl.conftest import *  # noqa: F403
from tests.etl.test_faults import *  # noqa: F403
