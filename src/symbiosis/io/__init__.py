"""Files in: folders of CSV, workbooks, templates; every problem named, nothing lost."""

from symbiosis.io.annotated import annotated_copy
from symbiosis.io.folder import check_folder, read_folder
from symbiosis.io.problems import sentence
from symbiosis.io.template import write_template

__all__ = ["annotated_copy", "check_folder", "read_folder", "sentence", "write_template"]
