"""Verifies the key on standard input with both clients and prints what they say."""

import asyncio
import os
import sys

from keyhold.client import AsyncClient, Client, CouldNotVerify

url, token, key = os.environ["KEYHOLD_URL"], os.environ["KEYHOLD_OPERATOR_TOKEN"], sys.stdin.read()


async def verify_async():
    async with AsyncClient(url, token) as client:
        return await client.verify(key, operation="POST /api/messages/send")


with Client(url, token) as client:
    print(client.verify(key, keyspace="esms-africa", operation="GET /api/messages"))
print(asyncio.run(verify_async()))
with Client(url, "wrong") as client:
    try:
        client.verify(key)
    except CouldNotVerify as error:
        print(error)
