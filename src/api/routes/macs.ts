// Handlers of MACs.
import { formatMac, isLocallyAdministered } from '../../../vendors/mac.ts';
import { makePseudoMac, parseOui } from '../../intake/pseudo-mac.ts';
import { checkMac } from '../../intake/row.ts';
import { pickPseudoMacs } from '../../store/pseudo-macs.ts';
import type { macContract } from '../contract/macs.ts';
import type { FrameDeps, Handlers } from '../handlers.ts';
import { conflict, invalid } from '../problem.ts';

export function macRoutes(deps: Pick<FrameDeps, 'database'>): Handlers<typeof macContract> {
  return {
    async checkMacs({ body }) {
      const items = body.macs.map((input) => {
        const { mac, problems } = checkMac(input);
        return {
          input,
          mac,
          colon: mac === null ? null : formatMac(mac, 'colon'),
          locallyAdministered: mac === null ? null : isLocallyAdministered(mac),
          problems: problems.map(({ code, message, fix }) => ({ code, detail: `${message} ${fix}` })),
        };
      });
      return { body: { items } };
    },

    async makeMacs({ body }) {
      const oui = body.oui === null ? null : parseOui(body.oui);
      if (oui !== null && !oui.ok) throw invalid([{ pointer: '#/body/oui', detail: oui.message, code: 'OUI_INVALID' }]);
      const wanted = Array.from({ length: body.count }, () => oui?.oui ?? null);
      const macs = await pickPseudoMacs(deps.database.db, wanted, makePseudoMac);
      const free = macs.filter((mac) => mac !== null);
      if (free.length < macs.length) {
        throw conflict(
          'pseudo-mac-space',
          'Not that many free MACs were found below this OUI. Take another one, or none.',
        );
      }
      return { body: { macs: free } };
    },
  };
}
