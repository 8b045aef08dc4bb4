/** What the API Keys page needs of the contract: shapes, and nothing that checks them, since that is the server's work. */

export type {
  KeysPageIssuedKey,
  KeysPageKey,
  KeysPageList,
  KeysPageSession,
  KeysPageUsage,
  PageIssueRequest,
} from './schemas/keys-page.ts';

/** The header that every call of the page carries: a form of another site cannot send it. */
export const KEYS_PAGE_HEADER = 'Keyhold-Page';
