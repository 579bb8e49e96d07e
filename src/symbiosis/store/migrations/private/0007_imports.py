"""Imports know which companies they entered."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0004"


def upgrade() -> None:
    """Adds the column."""
    with op.batch_alter_table("import_batch", schema=None) as batch_op:
        batch_op.add_column(sa.Column("company_ids", sa.JSON(), server_default="[]", nullable=False))
