import os
from collections import Counter

from fastapi import FastAPI, Request
from keyhold import KeyholdMiddleware

app = FastAPI()
app.add_middleware(
    KeyholdMiddleware,
    url=os.environ.get("KEYHOLD_URL", "http://127.0.0.1:8080"),
    keyspace="localleads",
    self_service_path="/api/v1/api-keys",
)

LEADS = [
    {"id": 1, "business": "Harbour Dental", "category": "dentist", "city": "Bristol"},
    {"id": 3, "business": "Old Mill Bakery", "category": "bakery", "city": "Bath"},
]
spent: Counter[str] = Counter()


@app.get("/api/v1/credits/balance")
def read_balance(request: Request):
    return {"balance": 50 - spent[request.state.keyhold.organization]}


@app.get("/api/v1/leads")
def find_leads(request: Request, city: str | None = None):
    spent[request.state.keyhold.organization] += 1
    return {"leads": [lead for lead in LEADS if city is None or lead["city"] == city]}


@app.post("/api/v1/leads/import")
async def import_leads(request: Request):
    return {"imported": len((await request.body()).decode().strip().split("\n"))}
