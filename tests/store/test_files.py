"""Uploads and blobs in the store: limits, references, and who may read a file."""

from pathlib import Path

import attrs
import pytest

from chatroom.errors import Refused
from chatroom.model import Attachment, Message, Part, Thumbnail
from chatroom.store.administration import Act
from chatroom.store.events import MessagePosted, RoomDeleted
from chatroom.store.files import FILE_OVERHEAD_BYTES, FileLimits, ReadableFile, Upload
from chatroom.store.room_log import Batch, Decision, Prefetched
from chatroom.store.sqlite.integrity import faults
from chatroom.store.store import Store

from ..builders import accounts, token_of
from ..stored_uploads import PICTURE, add_upload, plain, upload_id
from .room_log import StoredRoom, batch_of, opened
from .test_search import index, look

HOUR = 3600 * 1000


@pytest.fixture
async def talk(store: Store) -> StoredRoom:
    await store.add_accounts(accounts("alice", "bob", "carol"))
    talk = StoredRoom(store)
    await talk.make("alice", "bob")
    return talk


async def found(store: Store, *uploads: str) -> Prefetched:
    """Return what a batch gets that wants these uploads."""
    seen: list[Prefetched] = []

    def decide(prefetched: Prefetched) -> Decision:
        seen.append(prefetched)
        return Decision(())

    await store.commit(Batch("lobby", decide, uploads=uploads))
    return seen[-1]


async def post(talk: StoredRoom, *uploads: str, sender: str = "alice") -> Message:
    """Post a message with these uploads, as a room's rules do."""
    own = (await found(talk.store, *uploads)).uploads
    posted = talk.posting(sender, "")
    message = attrs.evolve(
        posted.message, attachments=tuple(own[each].attachment for each in uploads)
    )
    talk.log[message.seq] = message
    await talk.commit(MessagePosted(message, posted.original))
    return message


async def doomed(store: Store, now: int) -> list[str]:
    return sorted(await store.doom_blobs(now, now - HOUR, 100))


async def readable(store: Store, user: str, upload: str, part: Part = "file") -> ReadableFile | str:
    """Return what a log-in of that user gets, or the reason of the refusal."""
    token = attrs.evolve(token_of(user, user.encode()), id=user)
    await store.remove_token(token.digest)
    await store.add_tokens([token])
    found = await store.readable_file(upload, part, user)
    return found.reason if isinstance(found, Refused) else found


# ---- uploads


async def test_an_upload_is_complete_when_its_blobs_are_claimed(talk: StoredRoom) -> None:
    store = talk.store
    upload = await add_upload(store, "alice", complete=False)
    assert not await store.finish_upload(upload, [plain()])
    assert (await found(store, upload)).uploads == {}
    assert await store.claim_blobs({plain().digest}, 1000)
    assert await store.finish_upload(upload, [plain()])
    assert not await store.finish_upload(upload, [plain()])
    kept = await store.upload(upload)
    assert kept == Upload(upload, "alice", "notes.txt", 5, 1 << 50, complete=True)
    attachment = Attachment(upload, "notes.txt", "text/plain", 5)
    assert (await found(store, upload, upload_id(9))).uploads[upload].attachment == attachment


async def test_a_picture_has_thumbnails(talk: StoredRoom) -> None:
    upload = await add_upload(talk.store, "alice", 0, *PICTURE, name="a.png")
    message = await post(talk, upload)
    small, large = Thumbnail("small", 320, 160), Thumbnail("large", 1280, 640)
    assert message.attachments == (
        Attachment(upload, "a.png", "image/png", 5000, 2000, 1000, (small, large)),
    )
    assert (await talk.store.page("lobby", 9)).messages == (message,)
    assert message.preview().files == 1
    [entry] = await talk.store.inbox("bob")
    assert entry.last_message == message.preview()


@pytest.mark.parametrize(
    ("limits", "limit"),
    [
        (FileLimits(bytes=2 * (5 + FILE_OVERHEAD_BYTES) - 1), "account"),
        (FileLimits(waiting=1), "uploads"),
        (FileLimits(all_bytes=3 * (5 + FILE_OVERHEAD_BYTES) - 1), "server"),
    ],
    ids=["bytes", "waiting", "server"],
)
async def test_limits(talk: StoredRoom, limits: FileLimits, limit: str) -> None:
    store = talk.store
    first = await add_upload(store, "alice", 1)
    await add_upload(store, "bob", 2)
    wanted = Upload(upload_id(3), "alice", "c", 5, 1000)
    assert await store.add_upload(wanted, limits) == limit
    assert await store.upload(wanted.id) is None
    assert await store.remove_upload(first)
    assert await store.add_upload(wanted, limits) is None


async def test_an_upload_in_a_message_waits_no_more_but_counts(talk: StoredRoom) -> None:
    store = talk.store
    upload = await add_upload(store, "alice", 1)
    await post(talk, upload)
    one = 5 + FILE_OVERHEAD_BYTES
    wanted = Upload(upload_id(2), "alice", "b", 5, 1000)
    assert await store.add_upload(wanted, FileLimits(bytes=2 * one - 1)) == "account"
    assert await store.add_upload(wanted, FileLimits(2 * one, 1, 2 * one)) is None
    await store.remove_upload(wanted.id)
    await talk.delete(1)
    assert await store.add_upload(wanted, FileLimits(one, 1, one)) is None


async def test_an_upload_in_a_message_belongs_to_the_message(talk: StoredRoom) -> None:
    store = talk.store
    upload = await add_upload(store, "alice")
    await post(talk, upload)
    assert await store.upload(upload) is None
    assert not await store.remove_upload(upload)
    assert await store.old_uploads(1 << 50, 9) == []
    assert (await found(store, upload)).uploads == {}


async def test_no_two_messages_get_an_upload(talk: StoredRoom) -> None:
    """Not even if the rules decide on a wrong state: nothing is written then."""
    upload = await add_upload(talk.store, "alice")
    message = await post(talk, upload)
    again = attrs.evolve(message, seq=2, rev=2)
    with pytest.raises(LookupError):
        await talk.commit(MessagePosted(again))
    assert (await talk.store.page("lobby", 9)).messages == (message,)


async def test_old_uploads(talk: StoredRoom) -> None:
    store = talk.store
    for number, at in enumerate((3000, 1000, 2000)):
        await add_upload(store, "alice", number, at=at, complete=number == 0)
    assert await store.old_uploads(3000, 9) == [upload_id(1), upload_id(2)]
    assert await store.old_uploads(9000, 1) == [upload_id(1)]


# ---- blobs


@pytest.mark.parametrize("end", ["delete", "prune", "remove"])
async def test_a_blob_goes_a_grace_after_its_last_reference(talk: StoredRoom, end: str) -> None:
    store = talk.store
    shared = plain(7)
    kept = await add_upload(store, "bob", 1, shared)
    upload = await add_upload(store, "alice", 2, shared, PICTURE[1])
    if end != "remove":
        await post(talk, upload)
    match end:
        case "delete":
            await talk.delete(1)
        case "prune":
            await talk.prune(1)
        case _:
            await store.remove_upload(upload)
    thumbnail = PICTURE[1].digest
    assert await doomed(store, 10 * HOUR) == []  # from now on
    assert await doomed(store, 11 * HOUR) == []
    assert await doomed(store, 11 * HOUR + 1) == [thumbnail]
    await store.remove_upload(kept)
    assert await doomed(store, 20 * HOUR) == [thumbnail]  # until it is forgotten
    await store.forget_blobs([thumbnail, shared.digest])
    assert await doomed(store, 30 * HOUR) == [shared.digest]


async def test_a_claim_keeps_a_blob_for_another_grace(talk: StoredRoom) -> None:
    store = talk.store
    await store.claim_blobs({"a" * 64}, 1 * HOUR)
    await store.claim_blobs({"a" * 64}, 3 * HOUR)
    assert await doomed(store, 3 * HOUR) == []
    assert await doomed(store, 4 * HOUR + 1) == ["a" * 64]


async def test_a_blob_that_is_being_deleted_gets_no_reference(talk: StoredRoom) -> None:
    """An equal file waits until it is gone, and is then written anew."""
    store = talk.store
    upload = await add_upload(store, "alice", complete=False)
    digest = plain().digest
    await store.claim_blobs({digest}, 0)
    assert await doomed(store, 2 * HOUR) == [digest]
    assert not await store.claim_blobs({digest, "b" * 64}, 2 * HOUR)
    assert not await store.finish_upload(upload, [plain()])
    await store.forget_blobs([digest])
    assert not await store.finish_upload(upload, [plain()])
    assert await store.claim_blobs({digest}, 2 * HOUR)
    assert await store.finish_upload(upload, [plain()])
    await store.forget_blobs([digest])  # it is not marked, so it stays
    assert (await found(store, upload)).uploads.keys() == {upload}


async def test_a_deleted_room_gives_its_files_back(talk: StoredRoom) -> None:
    store = talk.store
    upload = await add_upload(store, "alice")
    await post(talk, upload)
    await store.commit(batch_of("lobby", RoomDeleted(2000)))
    assert await readable(store, "bob", upload) == "not_found"
    while await store.erase_retired(100):
        pass
    await doomed(store, 1 * HOUR)
    assert await doomed(store, 3 * HOUR) == [plain().digest]


# ---- search


async def test_messages_with_files_are_found(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        talk = StoredRoom(store)
        await talk.make("alice", "bob")
        await talk.post("alice", "the report is late")
        upload = await add_upload(store, "alice", name="Report.pdf")
        with_file = await post(talk, upload)
        await index(store, "lobby")
        found = await look(store, "bob", "report")
        assert [each.seq for each in found.messages] == [2, 1]
        assert found.ranges == ((), ((4, 10),))
        assert (await look(store, "bob", "report", has="file")).messages == (with_file,)
        await talk.delete(2)
        await index(store, "lobby")
        assert (await look(store, "bob", "report", has="file")).messages == ()
    assert faults(tmp_path) == []


# ---- who may read


async def test_members_of_the_room_read_a_file(talk: StoredRoom) -> None:
    store = talk.store
    upload = await add_upload(store, "alice")
    assert await readable(store, "alice", upload) == ReadableFile("notes.txt", plain())
    assert await readable(store, "bob", upload) == "not_found"
    await post(talk, upload)
    for user in ("alice", "bob"):
        assert await readable(store, user, upload) == ReadableFile("notes.txt", plain())
    assert await readable(store, "carol", upload) == "not_found"
    assert await readable(store, "nobody", upload) == "forbidden"
    assert await readable(store, "bob", upload, "small") == "not_found"
    await talk.leave("alice")
    assert await readable(store, "alice", upload) == "not_found"  # although alice sent it
    await store.set_disabled("bob", True, Act(1))
    assert await readable(store, "bob", upload) == "forbidden"
    await store.set_disabled("bob", False, Act(1))
    await talk.delete(1)
    assert await readable(store, "bob", upload) == "not_found"


async def test_a_file_is_not_read_after_the_log_in_has_ended(talk: StoredRoom) -> None:
    store = talk.store
    upload = await add_upload(store, "alice")
    assert isinstance(await readable(store, "alice", upload), ReadableFile)
    await store.remove_token(b"alice")
    found = await store.readable_file(upload, "file", "alice")
    assert isinstance(found, Refused)
    assert found.reason == "forbidden"
