/**
 * What runs on the page of a claim link. As text, because it runs in browsers as it stands: nothing here is built for
 * one. Text from the server goes into the page as text only.
 */
export const CLAIM_SCRIPT = `'use strict';
const find = (id) => document.getElementById(id);
const secret = location.hash.slice(1);
let claimed = null;

function say(text) {
  find('notice').textContent = text;
}

async function ask(path, body) {
  const response = await fetch(location.pathname + path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
    credentials: 'omit',
    cache: 'no-store',
  });
  const answer = await response.json();
  if (!response.ok) throw Object.assign(new Error(answer.detail || answer.title), { code: answer.code });
  return answer;
}

function addFact(name, value) {
  if (value === null || value === '') return;
  const term = document.createElement('dt');
  term.textContent = name;
  const meaning = document.createElement('dd');
  meaning.textContent = value;
  find('facts').append(term, meaning);
}

async function look() {
  if (secret === '') throw new Error('This link is not whole: what stands behind its # is missing. Follow it as it was sent.');
  const offer = await ask('/look', { secret });
  find('title').textContent = offer.title + ' has an API key for you';
  document.title = find('title').textContent;
  find('lead').textContent = 'The link works once: the first to show the key has it.';
  addFact('From', offer.title);
  addFact('For', offer.organization);
  addFact('Key', offer.name);
  addFact('Environment', offer.environment);
  addFact('Scopes', offer.scopes.join(', '));
  addFact('Until', new Date(offer.expires_at).toLocaleString());
  find('passphrase-field').hidden = !offer.has_passphrase;
  find('passphrase').required = offer.has_passphrase;
  find('offer').hidden = false;
}

async function claim() {
  const passphrase = find('passphrase').value;
  claimed = await ask('', passphrase === '' ? { secret } : { secret, passphrase });
  history.replaceState(null, '', location.pathname);
  find('offer').hidden = true;
  find('passphrase').value = '';
  find('key').textContent = claimed.key;
  if (claimed.guide_url !== null) {
    find('guide').href = claimed.guide_url;
    find('guide-line').hidden = false;
  }
  find('claimed').hidden = false;
  find('claimed-title').focus();
}

async function copy(button, text) {
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = 'Copied';
  } catch {
    getSelection().selectAllChildren(find('key'));
    say('This browser does not let the page copy. The key is selected: copy it by hand.');
  }
}

function fail(error) {
  say(error.message);
}

find('offer').addEventListener('submit', (event) => {
  event.preventDefault();
  say('');
  find('reveal').disabled = true;
  claim().catch((error) => {
    fail(error);
    if (error.code === 'claim_link_used' || error.code === 'claim_link_ended') find('offer').hidden = true;
    find('reveal').disabled = false;
  });
});
find('copy-key').addEventListener('click', (event) => copy(event.currentTarget, claimed.key));
find('copy-line').addEventListener('click', (event) => copy(event.currentTarget, claimed.variable + '=' + claimed.key));
addEventListener('beforeunload', (event) => {
  if (claimed !== null && find('copy-key').textContent !== 'Copied' && find('copy-line').textContent !== 'Copied') event.preventDefault();
});
addEventListener('pagehide', () => {
  claimed = null;
  find('key').textContent = '';
});
look().catch(fail);
`;
