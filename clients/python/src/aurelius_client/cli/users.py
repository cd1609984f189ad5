"""`aurelius users`: who may call, and as what."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from aurelius_client.cli.options import AsJson, PasswordFile, Server
from aurelius_client.errors import InvalidInput

if TYPE_CHECKING:
    from aurelius.contract.v1 import method_policy_pb2
    from aurelius.gateway.v1 import user_pb2

app = typer.Typer(help="Creates users and sets their roles.", no_args_is_help=True)
Roles = Annotated[
    list[str],
    typer.Option(
        "--role", help="researcher, platform, product, risk, auditor, approver or admin; repeat it."
    ),
]
User = Annotated[str, typer.Argument(help="A user, by name or id.")]


@app.command()
def create(
    user: User,
    role: Roles,
    password_file: PasswordFile = None,
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Creates a user with an initial password of at least 12 characters.

    Example: aurelius users create ann --role risk --role auditor --password-file ann.password
    """
    from aurelius_client.cli.login import read_password
    from aurelius_client.cli.server import connect

    user_id, roles = user.removeprefix("users/"), roles_of(role)
    with connect(server) as client:
        password = read_password(password_file, f"password of {user_id}", confirm=True)
        created = client.users.create(user_id, roles, password)
    _show([created], as_json)


@app.command("list")
def list_(server: Server = None, as_json: AsJson = False) -> None:
    """Lists users, by name.

    Example: aurelius users list
    """
    from aurelius_client.cli.server import connect

    with connect(server) as client:
        found = list(client.users.list())
    _show(found, as_json)


@app.command("set-roles")
def set_roles(user: User, role: Roles, server: Server = None, as_json: AsJson = False) -> None:
    """Sets what a user may do, from the next token on.

    Example: aurelius users set-roles ann --role approver
    """
    from aurelius_client.cli.names import full_name
    from aurelius_client.cli.server import connect

    roles = roles_of(role)
    with connect(server) as client:
        changed = client.users.set_roles(full_name("users", user), roles)
    _show([changed], as_json)


def roles_of(names: list[str]) -> list["method_policy_pb2.Role"]:
    """Returns the roles of names such as `risk` or `ROLE_RISK`.

    Raises:
        InvalidInput: One is no role of a user.
    """
    from aurelius.contract.v1 import method_policy_pb2

    known: dict[str, Any] = {
        name.removeprefix("ROLE_").lower(): value
        for name, value in method_policy_pb2.Role.items()
        if name not in {"ROLE_UNSPECIFIED", "ROLE_ANONYMOUS"}
    }
    roles: list[method_policy_pb2.Role] = []
    for name in names:
        role = known.get(name.lower().removeprefix("role_"))
        if role is None:
            raise InvalidInput("INVALID_FIELD", "--role", found=name, allowed=", ".join(known))
        roles.append(role)
    return roles


def _show(users: "list[user_pb2.User]", as_json: bool) -> None:
    from aurelius.contract.v1 import method_policy_pb2
    from aurelius_client.cli.output import enum_text, minute, print_messages, print_table

    if as_json:
        print_messages(users)
        return
    rows = [
        (
            user.name.removeprefix("users/"),
            enum_text(user, "state"),
            minute(user.create_time),
            ", ".join(
                method_policy_pb2.Role.Name(role).removeprefix("ROLE_").lower()
                for role in user.roles
            ),
        )
        for user in users
    ]
    print_table(("user", "state", "created", "roles"), rows, "there is no user")
