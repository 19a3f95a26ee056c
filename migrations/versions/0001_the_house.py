"""The house as it is first built."""

from alembic import op

from migrations import metadata

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Every table, and the triggers that keep what is posted."""
    metadata().create_all(op.get_bind())
    try:
        from ledger.triggers import statements
    except ImportError:
        return
    for statement in statements(op.get_bind().dialect.name):
        op.get_bind().exec_driver_sql(statement)


def downgrade() -> None:
    """The house is not taken down."""
    raise NotImplementedError
