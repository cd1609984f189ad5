"""The RPCs of tokens, users and keys: each translates and decides nothing."""

import grpc
from google.api import httpbody_pb2

from aurelius.gateway.v1 import (
    api_key_pb2,
    api_key_service_pb2,
    api_key_service_pb2_grpc,
    auth_service_pb2,
    auth_service_pb2_grpc,
    user_pb2,
    user_service_pb2,
    user_service_pb2_grpc,
)
from aurelius_chassis.caller import current_caller
from aurelius_gateway.application.api_keys import ApiKeys
from aurelius_gateway.application.authentication import Authentication
from aurelius_gateway.application.users import Users
from aurelius_gateway.domain.roles import Principal
from aurelius_gateway.rpc import mapping
from aurelius_gateway.rpc.paging import page

Context = grpc.ServicerContext


class AuthServicer(auth_service_pb2_grpc.AuthServiceServicer):
    """Serves AuthService."""

    def __init__(self, authentication: Authentication):
        self._authentication = authentication

    def Login(
        self, request: auth_service_pb2.LoginRequest, context: Context
    ) -> auth_service_pb2.AccessToken:
        """Issues a token for a password."""
        token = self._authentication.login(request.user_id, request.password)
        return mapping.token_to_proto(token)

    def ExchangeApiKey(
        self, request: auth_service_pb2.ExchangeApiKeyRequest, context: Context
    ) -> auth_service_pb2.AccessToken:
        """Issues a token for a key."""
        return mapping.token_to_proto(self._authentication.exchange(request.api_key))

    def GetJsonWebKeySet(
        self, request: auth_service_pb2.GetJsonWebKeySetRequest, context: Context
    ) -> httpbody_pb2.HttpBody:
        """Gets the public keys."""
        return httpbody_pb2.HttpBody(
            content_type="application/json", data=self._authentication.key_set()
        )


class UserServicer(user_service_pb2_grpc.UserServiceServicer):
    """Serves UserService."""

    def __init__(self, users: Users):
        self._users = users

    def CreateUser(
        self, request: user_service_pb2.CreateUserRequest, context: Context
    ) -> user_pb2.User:
        """Creates a user."""
        user = self._users.create(
            request.user_id,
            mapping.roles_from_proto(request.roles),
            request.password,
            caller=_principal(),
        )
        return mapping.user_to_proto(user)

    def GetUser(self, request: user_service_pb2.GetUserRequest, context: Context) -> user_pb2.User:
        """Gets a user."""
        return mapping.user_to_proto(self._users.get(request.name, caller=_principal()))

    def ListUsers(
        self, request: user_service_pb2.ListUsersRequest, context: Context
    ) -> user_service_pb2.ListUsersResponse:
        """Lists users."""
        users, token = page(
            request,
            request.page_size,
            request.page_token,
            lambda after_id, limit: self._users.list(after_id=after_id, limit=limit),
        )
        return user_service_pb2.ListUsersResponse(
            users=[mapping.user_to_proto(user) for user in users], next_page_token=token
        )

    def SetUserRoles(
        self, request: user_service_pb2.SetUserRolesRequest, context: Context
    ) -> user_pb2.User:
        """Sets a user's roles."""
        return self._users.set_roles(
            request.name,
            mapping.roles_from_proto(request.roles),
            etag=request.etag,
            caller=_principal(),
            respond=mapping.user_to_proto,
        )

    def DisableUser(
        self, request: user_service_pb2.DisableUserRequest, context: Context
    ) -> user_pb2.User:
        """Disables a user."""
        return self._users.disable(
            request.name, etag=request.etag, caller=_principal(), respond=mapping.user_to_proto
        )

    def ChangeUserPassword(
        self, request: user_service_pb2.ChangeUserPasswordRequest, context: Context
    ) -> user_pb2.User:
        """Changes the caller's password."""
        user = self._users.change_password(
            request.name,
            current=request.current_password,
            new=request.new_password,
            caller=_principal(),
        )
        return mapping.user_to_proto(user)


class ApiKeyServicer(api_key_service_pb2_grpc.ApiKeyServiceServicer):
    """Serves ApiKeyService."""

    def __init__(self, keys: ApiKeys):
        self._keys = keys

    def CreateApiKey(
        self, request: api_key_service_pb2.CreateApiKeyRequest, context: Context
    ) -> api_key_service_pb2.CreateApiKeyResponse:
        """Creates a key."""
        has_end = request.HasField("expire_time")
        key, issued = self._keys.create(
            request.parent,
            request.api_key_id,
            mapping.roles_from_proto(request.roles),
            expire_time=mapping.time_from_proto(request.expire_time) if has_end else None,
            caller=_principal(),
        )
        return api_key_service_pb2.CreateApiKeyResponse(
            api_key=mapping.api_key_to_proto(key), secret=issued.text
        )

    def ListApiKeys(
        self, request: api_key_service_pb2.ListApiKeysRequest, context: Context
    ) -> api_key_service_pb2.ListApiKeysResponse:
        """Lists keys."""
        keys, token = page(
            request,
            request.page_size,
            request.page_token,
            lambda after_id, limit: self._keys.list(
                request.parent, after_id=after_id, limit=limit, caller=_principal()
            ),
        )
        return api_key_service_pb2.ListApiKeysResponse(
            api_keys=[mapping.api_key_to_proto(key) for key in keys], next_page_token=token
        )

    def RevokeApiKey(
        self, request: api_key_service_pb2.RevokeApiKeyRequest, context: Context
    ) -> api_key_pb2.ApiKey:
        """Revokes a key."""
        key = self._keys.revoke(request.name, caller=_principal())
        return mapping.api_key_to_proto(key)


def _principal() -> Principal:
    return mapping.principal_from_caller(current_caller())
