"""The routes of a server, made of its components."""

import trio

from ..accounts.accounts import Accounts
from ..accounts.invitations import EnterByCode
from ..admin.operations import Operations
from ..files.disk import Disk
from ..files.links import Links
from ..files.uploads import Uploads
from ..session.services import Services
from ..store.store import Store
from .account_routes import AccountRoutes
from .admin_routes import AdminRoutes
from .assets import load_assets
from .credentials import Credentials
from .download_routes import DownloadRoutes
from .export_routes import ExportRoutes
from .page_routes import PageRoutes
from .routes import Routes
from .server_routes import ServerRoutes
from .upload_routes import UploadRoutes


def make_routes(
    services: Services,
    store: Store,
    credentials: Credentials,
    *,
    accounts: Accounts,
    operations: Operations,
    enter_room: EnterByCode,
    disk: Disk,
    links: Links,
    uploads: Uploads,
    alone: bool,
) -> Routes:
    """:param alone: no other node writes to the store."""
    config, clock, limits = services.config, services.clock, services.limits
    assets = load_assets(config.prefix)

    def spend_upload(user: str) -> None:
        limits.spend_upload(user, trio.current_time())

    def warnings() -> tuple[str, ...]:
        warning = clock.warning()
        return () if warning is None else (warning,)

    account = AccountRoutes(
        accounts, services.authentication, credentials, services.hub.sessions, enter_room
    )
    return Routes(
        account,
        UploadRoutes(
            uploads,
            services.authentication,
            credentials,
            spend_upload,
            config.max_uploads if limits.on else None,
            config.prefix,
        ),
        DownloadRoutes(store, disk, links, lists_everyone=config.who_is_listed == "everyone"),
        PageRoutes(assets, services.server.shown, config.embedding_origins),
        ServerRoutes(
            config,
            services.server.shown,
            store,
            assets.languages(),
            trouble=store.trouble,
            damage=store.damage,
            warnings=warnings,
            node=None if alone else store.node,
        ),
        ExportRoutes(config, account.identity),
        AdminRoutes(operations, account.identity, services.server),
        services.server,
        config.prefix,
    )
