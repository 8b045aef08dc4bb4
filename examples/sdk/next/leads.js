const LEADS = [
  { id: 1, business: 'Harbour Dental', category: 'dentist', city: 'Bristol' },
  { id: 3, business: 'Old Mill Bakery', category: 'bakery', city: 'Bath' },
];
globalThis.spentCredits ??= new Map();

export function balanceOf(organization) {
  return 50 - (globalThis.spentCredits.get(organization) ?? 0);
}

export function findLeads(organization, wanted) {
  globalThis.spentCredits.set(organization, (globalThis.spentCredits.get(organization) ?? 0) + 1);
  return LEADS.filter(({ city }) => wanted === null || city === wanted);
}
