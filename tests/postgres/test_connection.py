"""One connection, which is made again when it is lost or has expired."""

from contextlib import closing

from chatroom.store.postgres.connection import READING, Connection, with_defaults


def test_a_connection_may_expire_while_it_is_made(empty_database: str) -> None:
    """Another connection has found a new run of PostgreSQL."""
    made = list[Connection]()

    def use(connection: Connection) -> None:
        made.append(connection)
        if len(made) == 1:
            connection.expire()
        connection.execute("BEGIN")
        connection.execute("COMMIT")

    with closing(Connection(with_defaults(empty_database), READING, again=True)) as connection:
        connection.made = use
        connection.execute("BEGIN")
        assert connection.in_transaction
    assert made == [connection] * 2
