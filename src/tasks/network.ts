/**
 * Which addresses the requests of flows may go to: the public internet, and what the installation
 * allows besides. Asked of the address that is then connected to, so that a name that is looked up a
 * second time cannot lead elsewhere.
 *
 * Never reached, whatever is allowed: link-local addresses, where machines and containers find their
 * own credentials, and the API by which Lambda hands its events to this very process.
 */
import { lookup } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/** IPv4 networks; their forms inside IPv6 follow from them. */
const ipv4 = {
  never: ['0.0.0.0/8', '169.254.0.0/16', '192.0.0.0/24', '224.0.0.0/4', '240.0.0.0/4'],
  loopback: ['127.0.0.0/8'],
  private: ['10.0.0.0/8', '100.64.0.0/10', '172.16.0.0/12', '192.168.0.0/16', '198.18.0.0/15'],
} as const;
/** 2002::/16 and 2001::/32 are tunnels that hold an IPv4 address, fd00:ec2::/32 is EC2's own. */
const ipv6 = {
  never: [
    '::/128',
    'fe80::/10',
    'fec0::/10',
    'fd00:ec2::/32',
    'ff00::/8',
    '2002::/16',
    '2001::/32',
  ],
  loopback: ['::1/128'],
  private: ['fc00::/7', '64:ff9b:1::/48'],
} as const;

type Kind = keyof typeof ipv4;

const lists: Readonly<Record<Kind, BlockList>> = {
  never: blockList([...ipv6.never, ...withEmbedded(ipv4.never)]),
  loopback: blockList([...ipv6.loopback, ...withEmbedded(ipv4.loopback)]),
  private: blockList([...ipv6.private, ...withEmbedded(ipv4.private)]),
};
const names: Readonly<Record<Kind, string>> = {
  never: 'a link-local or reserved address',
  loopback: 'a loopback address',
  private: 'an address of a private network',
};

/** As IPv4-compatible addresses, and by NAT64. Those mapped into IPv6 Node matches itself. */
function withEmbedded(networks: readonly string[]): readonly string[] {
  return networks.flatMap((network) => {
    const [address = '', bits] = network.split('/');
    const inner = 96 + Number(bits);
    // The IPv4-compatible form of 0.0.0.0/8 would be ::/104, to which ::1 belongs.
    const compatible = address === '0.0.0.0' ? [] : [`::${address}/${inner}`];
    return [network, ...compatible, `64:ff9b::${address}/${inner}`];
  });
}

function blockList(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', bits] = network.split('/');
    list.addSubnet(address, Number(bits), familyOf(address));
  }
  return list;
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4';
}

/**
 * What the address is that it must not be reached; undefined where it may. `allowed` are the words
 * `loopback` and `private`, and networks such as 10.1.0.0/16.
 */
export function refusedKind(address: string, allowed: readonly string[] = []): string | undefined {
  const isIn = (list: BlockList): boolean => list.check(address, familyOf(address));
  if (isIn(lists.never)) return names.never;
  const kind = (['loopback', 'private'] as const).find((one) => isIn(lists[one]));
  if (kind === undefined || allowed.includes(kind)) return undefined;
  const networks = allowed.filter((one) => one.includes('/'));
  return isIn(blockList(networks)) ? undefined : names[kind];
}

/** Node's own spelling of a host: an address without brackets, or a name. */
export function bareHost({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '');
}

/**
 * Whether that is where this process gets its events, on Lambda: by any name of this machine, at the
 * port that is told or the usual one. `address`: what the host leads to, where it is a name.
 */
export function isRuntimeApi(url: URL, address: string = bareHost(url)): boolean {
  const own = process.env['AWS_LAMBDA_RUNTIME_API'];
  if (own === undefined) return false;
  const { host: ownHost = '', port: ownPort = '80' } =
    /^(?<host>.*?)(?::(?<port>\d+))?$/.exec(own)?.groups ?? {};
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
  if (port !== ownPort && port !== '9001') return false;
  const isHere = isIP(address) !== 0 && lists.loopback.check(address, familyOf(address));
  return isHere || address === 'localhost' || (address === ownHost && port === ownPort);
}

/** Looks a name up once, and gives no address where one of them must not be reached. */
export function checkedLookup(check: (address: string) => Error | undefined): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      const refused = addresses?.map(({ address }) => check(address)).find((one) => one);
      const [first] = addresses ?? [];
      if (error || refused || first === undefined) callback(error ?? refused ?? null, '', 0);
      else if (options.all === true) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}
