"""The SQL store against the port's promises, on SQLite and on PostgreSQL, really migrated."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from aurelius_chassis.sql import Database, migrate
from aurelius_governance.adapters.key_file import KeyFileSigner
from aurelius_governance.adapters.sql_decision_store import SqlDecisionStore
from aurelius_governance.application.crv import Studies
from aurelius_governance.application.evidence import Evidence
from aurelius_governance.application.gate_decisions import GateDecisions
from aurelius_governance.application.ledgers import Ledgers
from aurelius_governance.application.lineage_records import LineageRecords
from aurelius_governance.application.promotions import Promotions
from aurelius_governance.domain import merkle, signed_note, study_policy
from aurelius_governance.domain.errors import (
    EvidenceIncomplete,
    GovernanceError,
    LedgerCheckpointNotFound,
    LedgerCorrupted,
    LedgerEntryNotFound,
    PromotionAlreadyExists,
    ProofRangeInvalid,
    SelfApproval,
)
from aurelius_governance.domain.gates import ReplayOutcome
from aurelius_governance.domain.lineage import RunFacts
from aurelius_governance.domain.promotion import Promotion, PromotionState, Stage
from aurelius_governance.domain.signed_note import InvalidNote, TreeHead
from aurelius_governance.domain.studies import STUDIES, StudyFacts
from aurelius_governance.domain.trials import TrialFacts
from aurelius_governance.main import MIGRATIONS
from tests.contract.postgres import PostgresServer
from tests.unit.governance import evidence
from tests.unit.governance.evidence import RUN

TIME = datetime(2026, 1, 2, tzinfo=UTC)
CANDIDATE = Stage.CANDIDATE


class Memory:
    """Keeps the answers in a list."""

    def __init__(self) -> None:
        self.answers: list[object] = []

    def refuse_twin(self, connection: Connection) -> None:
        pass

    def remember(self, connection: Connection, response: object) -> None:
        self.answers.append(response)

    def remember_refusal(self, connection: Connection, refusal: GovernanceError) -> None:
        self.answers.append(refusal)


class FakeEngine:
    """An engine that says what it was given."""

    def __init__(self, facts: RunFacts) -> None:
        self.facts = facts
        self.replayed_digest = facts.stated.result_digest
        self.studies = {study: evidence.study(study) for study in STUDIES}
        self.log = [evidence.ENTRY, b"{}"]
        # What happens between the counting of trials and the decision that stands on it.
        self.meanwhile: Callable[[], object] = lambda: None

    def require_sealed(self, run: str) -> None:
        assert run == self.facts.run

    def run_facts(self, run: str) -> RunFacts:
        return self.facts

    def replay(self, run: str) -> ReplayOutcome:
        digest = self.replayed_digest
        return ReplayOutcome(
            replay="replays/one",
            equal=digest == self.facts.stated.result_digest,
            replayed_digest=digest,
            difference="",
        )

    def study(self, run: str, study: str, *, like: str) -> StudyFacts:
        return self.studies[study]

    def validation(self, name: str) -> StudyFacts:
        (found,) = [facts for facts in self.studies.values() if facts.validation == name]
        return found

    def trials(self, run: str, *, known: TreeHead | None) -> TrialFacts:
        counted = evidence.trial_log(self.log, known.size if known else 0)
        self.meanwhile()
        return counted


class Suite:
    """The use cases on one database."""

    def __init__(self, database: Database, signer: KeyFileSigner) -> None:
        self.database, self.signer = database, signer
        self.memory = Memory()
        self.store = SqlDecisionStore(database, signer=signer, memory=self.memory)
        self.engine = FakeEngine(evidence.FACTS)
        ids = iter(range(10, 100))
        new_id: Callable[[str], str] = lambda prefix: f"{prefix}{next(ids)}"  # noqa: E731
        common = {"store": self.store, "now": lambda: TIME}
        self.records = LineageRecords(engine=self.engine, **common)  # type: ignore[arg-type]
        studies = Studies(engine=self.engine)
        self.gates = GateDecisions(engine=self.engine, studies=studies, new_id=new_id, **common)  # type: ignore[arg-type]
        shown = Evidence(engine=self.engine, studies=studies)
        self.promotions = Promotions(evidence=shown, new_id=new_id, **common)  # type: ignore[arg-type]
        self.ledger = Ledgers(store=self.store)

    def complete(self) -> None:
        self.records.create(RUN, caller="users/rita", respond=lambda x: x)
        self.gates.create(RUN, "crv", validations=(), caller="users/rita", respond=lambda x: x)

    def ask(self, stage: Stage = CANDIDATE, *, validate_only: bool = False) -> Promotion:
        return self.promotions.create(
            RUN,
            stage,
            justification="it works",
            caller="users/rita",
            validate_only=validate_only,
            respond=lambda promotion: promotion,
        )

    def approve(self, name: str, caller: str) -> Promotion:
        return self.promotions.approve(
            name,
            comment="seen",
            etag="",
            caller=caller,
            validate_only=False,
            respond=lambda promotion: promotion,
        )

    def size(self) -> int:
        with self.store.read() as transaction:
            return transaction.ledger_size()


class DecisionStoreContract:
    """What the port promises; each adapter's class adds the fixture `url`."""

    @pytest.fixture
    def suite(self, url: str, tmp_path: Path) -> Iterator[Suite]:
        database = Database.open(url)
        migrate(database, MIGRATIONS, "governance")
        yield Suite(database, KeyFileSigner(tmp_path / "ledger.pem"))
        database.close()

    @pytest.mark.parametrize("served", ["longer", "shorter"])
    @pytest.mark.parametrize("act", ["gate", "request", "approval"])
    def test_a_decision_extends_the_longest_log_that_was_verified_before_it_is_written(
        self, suite: Suite, act: str, served: str
    ) -> None:
        longer = [*suite.engine.log, b"[]"]

        def meanwhile() -> None:
            suite.engine.meanwhile = lambda: None
            suite.engine.log = longer if served == "longer" else suite.engine.log
            with suite.store.write() as writing:  # another run's decision
                writing.keep_trial_log(evidence.trial_log(longer).log)

        if act != "gate":
            suite.complete()
        asked = suite.ask() if act == "approval" else None
        suite.engine.meanwhile = meanwhile
        told = ""
        try:
            if asked is not None:
                suite.approve(asked.name, "users/anna")
            elif act == "request":
                suite.ask()
            else:
                suite.complete()
        except EvidenceIncomplete as refusal:
            told = str(refusal)
        with suite.store.read() as reading:
            decided = reading.newest_gate_decision(RUN, "crv")

        assert decided is not None
        told += "".join(check.observed for check in decided.checks if not check.passed)
        cut = "the log has 2 entries, and had 3"
        assert cut in told if served == "shorter" else told == ""

    def test_promotions_remember_the_log_that_they_verified(self, suite: Suite) -> None:
        suite.complete()
        suite.engine.log = [*suite.engine.log, b"[]"]
        asked = suite.ask()
        with suite.store.read() as reading:
            requested = reading.newest_trial_log()
        suite.engine.log = [*suite.engine.log, b"[]"]
        suite.approve(asked.name, "users/anna")
        with suite.store.read() as reading:
            approved = reading.newest_trial_log()

        logged = [
            json.loads(entry.content)["facts"] for entry in suite.ledger.entries(start=2, limit=2)
        ]
        assert requested == evidence.trial_log(suite.engine.log[:3]).log
        assert approved == evidence.trial_log(suite.engine.log).log
        assert [(one["trialLogSize"], one["trialLogRoot"]) for one in logged] == [
            (str(log.size), f"sha256:{log.root.hex()}") for log in (requested, approved) if log
        ]

    def test_story_from_refusal_to_approval_is_in_the_ledger(self, suite: Suite) -> None:
        with pytest.raises(EvidenceIncomplete) as refusal:
            suite.ask()
        suite.complete()
        asked = suite.ask()
        approved = suite.approve(asked.name, "users/anna")

        assert refusal.value.ledger_entry == "ledgerEntries/0"
        assert [item.type for item in refusal.value.missing()] == [
            "LINEAGE_NOT_RECORDED",
            "GATE_NOT_DECIDED",
        ]
        assert approved.state is PromotionState.APPROVED
        assert suite.promotions.get(asked.name) == approved
        assert [entry.type.value for entry in suite.ledger.entries(start=0, limit=10)] == [
            "promotion_refused",
            "lineage_recorded",
            "gate_decided",
            "promotion_requested",
            "promotion_approved",
        ]
        assert len(suite.memory.answers) == 5

    def test_self_approval_is_refused_and_logged(self, suite: Suite) -> None:
        suite.complete()
        asked = suite.ask()

        with pytest.raises(SelfApproval) as refusal:
            suite.approve(asked.name, "users/rita")

        assert refusal.value.ledger_entry == "ledgerEntries/3"
        assert suite.promotions.get(asked.name).state is PromotionState.REQUESTED

    def test_replay_of_other_digest_blocks_promotion(self, suite: Suite) -> None:
        suite.engine.replayed_digest = f"sha256:{'00' * 32}"
        suite.complete()

        with pytest.raises(EvidenceIncomplete) as refusal:
            suite.ask()

        assert [item.type for item in refusal.value.missing()] == ["GATE_NOT_PASSED"]

    def test_approval_checks_the_evidence_again(self, suite: Suite) -> None:
        suite.complete()
        asked = suite.ask()
        suite.engine.facts = replace(
            evidence.FACTS, stated=replace(evidence.STATED, result_digest=f"sha256:{'00' * 32}")
        )
        suite.records.create(RUN, caller="users/rita", respond=lambda x: x)

        with pytest.raises(EvidenceIncomplete):
            suite.approve(asked.name, "users/anna")

    def test_a_study_has_to_pass_the_policy_of_today(
        self, suite: Suite, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        suite.complete()
        asked = suite.ask()
        bounds = {"bootstrap.sharpe_bound": ("GREATER", 0.5)}
        stricter = replace(study_policy.POLICY["bootstrap"], blockers=bounds)
        monkeypatch.setitem(study_policy.POLICY, "bootstrap", stricter)  # type: ignore[arg-type]

        with pytest.raises(EvidenceIncomplete) as refusal:
            suite.approve(asked.name, "users/anna")

        told = [(item.type, item.description) for item in refusal.value.missing()]
        asks = "CRV failed: bootstrap.sharpe_bound asks for GREATER 0.0"
        assert told == [("EVIDENCE_FAILED", asks)]

    def test_production_is_refused_and_second_request_too(self, suite: Suite) -> None:
        suite.complete()

        with pytest.raises(EvidenceIncomplete):
            suite.ask(Stage.PRODUCTION)
        suite.ask()
        with pytest.raises(PromotionAlreadyExists):
            suite.ask()

    def test_validate_only_changes_nothing(self, suite: Suite) -> None:
        with pytest.raises(EvidenceIncomplete) as refusal:
            suite.ask(validate_only=True)
        suite.complete()

        checked = suite.ask(validate_only=True)

        assert (refusal.value.ledger_entry, checked.name, suite.size()) == ("", "", 2)

    def test_every_entry_and_growth_is_proven_by_signed_checkpoints(self, suite: Suite) -> None:
        for _ in range(6):
            suite.records.create(RUN, caller="users/rita", respond=lambda x: x)
        key = signed_note.verifier_key(suite.signer.public_key)

        for index in range(6):
            proof = suite.ledger.prove_inclusion(f"ledgerEntries/{index}", tree_size=0)
            head = signed_note.open_checkpoint(proof.checkpoint.note, key)
            assert merkle.verify_inclusion(
                leaf=proof.entry.leaf_hash,
                index=index,
                size=head.size,
                proof=proof.hashes,
                root=head.root,
            )
            growth = suite.ledger.prove_consistency(from_size=index + 1, to_size=0)
            assert merkle.verify_consistency(
                old_size=index + 1,
                old_root=signed_note.open_checkpoint(growth.from_checkpoint.note, key).root,
                new_size=6,
                new_root=head.root,
                proof=growth.hashes,
            )

    def test_what_the_ledger_does_not_have_is_refused(self, suite: Suite) -> None:
        with pytest.raises(LedgerCheckpointNotFound):
            suite.ledger.checkpoint("ledgerCheckpoints/latest")
        with pytest.raises(LedgerEntryNotFound):
            suite.ledger.entry("ledgerEntries/0")
        suite.complete()
        with pytest.raises(ProofRangeInvalid):
            suite.ledger.prove_inclusion("ledgerEntries/1", tree_size=1)
        with pytest.raises(ProofRangeInvalid):
            suite.ledger.prove_consistency(from_size=1, to_size=3)

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE ledger_entries SET content = content",
            "DELETE FROM ledger_entries",
            "UPDATE ledger_nodes SET hash = hash",
            "DELETE FROM ledger_checkpoints",
            "UPDATE lineage_records SET evidence = '[]'",
            "DELETE FROM gate_decisions",
            "DELETE FROM trial_logs",
            "DELETE FROM promotions",
            "UPDATE promotions SET state = 'REJECTED'",
        ],
    )
    def test_database_itself_refuses_to_rewrite_decisions(
        self, suite: Suite, statement: str
    ) -> None:
        suite.complete()
        suite.approve(suite.ask().name, "users/anna")

        with pytest.raises(IntegrityError), suite.database.write() as connection:
            connection.execute(text(statement))

    def test_failure_after_the_append_leaves_no_entry(self, suite: Suite) -> None:
        def fail(response: object) -> object:
            raise RuntimeError("killed")

        with pytest.raises(RuntimeError):
            suite.records.create(RUN, caller="users/rita", respond=fail)

        assert suite.size() == 0

    def test_writers_take_turns_and_none_is_lost(self, suite: Suite) -> None:
        with ThreadPoolExecutor(8) as pool:
            records = list(
                pool.map(
                    lambda _: suite.records.create(RUN, caller="users/rita", respond=lambda x: x),
                    range(24),
                )
            )

        assert sorted(record.revision for record in records) == list(range(1, 25))
        assert sorted(record.ledger_index for record in records) == list(range(24))

    def test_reader_sees_one_state_while_a_writer_commits(self, suite: Suite) -> None:
        with suite.store.read() as reading:
            before = reading.ledger_size()
            suite.complete()
            after = reading.ledger_size()

        assert (before, after, suite.size()) == (0, 0, 2)

    def test_entry_that_was_changed_in_storage_is_not_given_out(self, suite: Suite) -> None:
        suite.complete()
        with suite.database.write() as connection:
            _drop_triggers(connection, "ledger_entries")
            connection.execute(
                text("UPDATE ledger_entries SET content = :forged WHERE entry_index = 0"),
                {"forged": b"{}"},
            )

        with pytest.raises(LedgerCorrupted) as refusal:
            suite.ledger.prove_inclusion("ledgerEntries/0", tree_size=0)

        assert refusal.value.name == "ledgerEntries/0"
        assert suite.ledger.entry("ledgerEntries/1").index == 1

    def test_checkpoint_that_the_tree_does_not_have_is_not_given_out(self, suite: Suite) -> None:
        suite.complete()
        with suite.database.write() as connection:
            _drop_triggers(connection, "ledger_nodes")
            connection.execute(
                text("UPDATE ledger_nodes SET hash = :forged WHERE level = 1"),
                {"forged": bytes(32)},
            )

        with pytest.raises(LedgerCorrupted):
            suite.ledger.checkpoint("ledgerCheckpoints/latest")

    @pytest.mark.parametrize(
        ("table", "condition"),
        [("ledger_entries", "entry_index = 0"), ("ledger_nodes", "level = 0 AND position = 0")],
    )
    def test_row_that_was_removed_is_a_corruption_and_no_crash(
        self, suite: Suite, table: str, condition: str
    ) -> None:
        suite.complete()
        with suite.database.write() as connection:
            _drop_triggers(connection, table)
            connection.execute(text(f"DELETE FROM {table} WHERE {condition}"))

        with pytest.raises(LedgerCorrupted):
            suite.ledger.entry("ledgerEntries/0")

    def test_log_does_not_go_on_with_another_key(self, suite: Suite, tmp_path: Path) -> None:
        other = KeyFileSigner(tmp_path / "other.pem")
        suite.ledger.require_signed_by(signed_note.verifier_key(other.public_key))
        suite.complete()

        suite.ledger.require_signed_by(signed_note.verifier_key(suite.signer.public_key))
        with pytest.raises(InvalidNote):
            suite.ledger.require_signed_by(signed_note.verifier_key(other.public_key))


def _drop_triggers(connection: Connection, table: str) -> None:
    """Does what an attacker with the rights of the owner would do first."""
    on = f" ON {table}" if connection.dialect.name == "postgresql" else ""
    for verb in ("update", "delete"):
        connection.execute(text(f"DROP TRIGGER {table}_refuse_{verb}{on}"))


class TestOnSqlite(DecisionStoreContract):
    @pytest.fixture
    def url(self, tmp_path: Path) -> str:
        return f"sqlite:///{tmp_path / 'governance.db'}"


@pytest.mark.xdist_group("postgres")
class TestOnPostgresql(DecisionStoreContract):
    @pytest.fixture
    def url(self, postgres_server: PostgresServer) -> str:
        return postgres_server.new_database()

    @pytest.mark.parametrize("table", ["ledger_entries", "promotions"])
    def test_database_itself_refuses_to_empty_a_table(self, suite: Suite, table: str) -> None:
        suite.complete()

        with pytest.raises(IntegrityError), suite.database.write() as connection:
            connection.execute(text(f"TRUNCATE {table}"))
