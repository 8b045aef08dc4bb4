import { join } from 'node:path';

/** @type {import('next').NextConfig} */
export default {
  // Loaded by Node itself, so that every route shares it.
  serverExternalPackages: ['@keyhold/sdk'],
  turbopack: { root: join(import.meta.dirname, '../../..') },
};
