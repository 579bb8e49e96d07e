"""Imports know which companies they entered, sides of a match whether a later run has taken their place."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Adds the columns."""
    with op.batch_alter_table("import_batch", schema=None) as batch_op:
        batch_op.add_column(sa.Column("company_ids", sa.JSON(), server_default="[]", nullable=False))
    with op.batch_alter_table("match_side", schema=None) as batch_op:
        batch_op.add_column(sa.Column("is_superseded", sa.Boolean(), server_default=sa.false(), nullable=False))
