// All that a host's page does: it tells the element where tokens come from.
const keys = document.querySelector('keyhold-api-keys');
keys.getToken = async () => {
  const answer = await fetch('/portal-session', { method: 'POST' });
  if (!answer.ok) throw new Error(`No portal session: ${answer.status}`);
  const { token } = await answer.json();
  return token;
};
