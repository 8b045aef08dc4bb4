// oxlint-disable-next-line import/no-unassigned-import -- a stylesheet has nothing to assign
import '../styles.css';
import { CSPProvider } from '@base-ui/react/csp-provider';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { createKeysClient } from '../api/keys-client.ts';
import { KeysApp } from '../keys/keys-app.tsx';
import { HostedPage } from './hosted-page.tsx';
import { takeLinkCode } from './link-code.ts';

// The page stands where its files are: …/assets/page.js is of the page at ….
const mount = new URL('..', import.meta.url).pathname.replace(/\/$/, '');
const client = createKeysClient(mount, null);
const code = takeLinkCode();
const root = document.getElementById('root');
if (root === null) throw new Error('The document has no place for the page.');
createRoot(root).render(
  <StrictMode>
    <CSPProvider disableStyleElements>
      <KeysApp client={client} locale={navigator.language}>
        <HostedPage code={code} />
      </KeysApp>
    </CSPProvider>
  </StrictMode>,
);
