"""Ballots that everybody reads, beside the tables and the stories."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Makes the column."""
    with op.batch_alter_table("publication", schema=None) as batch_op:
        batch_op.add_column(sa.Column("ballot", sa.JSON(), server_default="{}", nullable=False))
