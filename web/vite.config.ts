// How the portal is built: web/ -> dist/web. Screens are chunks of their own (router.tsx loads them when they are opened).
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  // The server puts the nonce of the answer in its place (src/api/portal.ts).
  html: { cspNonce: '{{nonce}}' },
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    // What a route costs is measured by it (scripts/portal-budget.ts).
    manifest: true,
    // An inlined picture would be an address of its own kind in the content security policy.
    assetsInlineLimit: 0,
    target: 'es2023',
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1000,
  },
});
