import type { CelOutcome } from './cel-cases.ts';

/** Of the libraries of Kubernetes: what is so. Cases that are tested together stand in one expression. */
const TRUE: readonly string[] = [
  "quantity('1Gi').isGreaterThan(quantity('1Mi')) && quantity('1k').isLessThan(quantity('1Ki'))",
  "quantity('1.5Gi') == quantity('1536Mi') && quantity('1') == quantity('1000m') && quantity('1') != quantity('2')",
  "quantity('1e3').compareTo(quantity('1k')) == 0 && quantity('0.1').compareTo(quantity('100m')) == 0",
  "quantity('-1').compareTo(quantity('1')) == -1 && quantity('2E').compareTo(quantity('1P')) == 1",
  "sign(quantity('-3m')) == -1 && sign(quantity('0')) == 0 && sign(quantity('5n')) == 1",
  "quantity('50k').add(quantity('20k')) == quantity('70k') && quantity('50k').sub(20000) == quantity('30k')",
  "quantity('50k').add(20).asInteger() == 50020 && quantity('1').sub(quantity('1500m')) == quantity('-500m')",
  "quantity('50000000G').asInteger() == 50000000000000000 && quantity('1Ki').asInteger() == 1024",
  "quantity('9223372036854775').isInteger() && quantity('1E').asInteger() == 1000000000000000000",
  "quantity('9Ei') == quantity('9223372036854775807')",
  "quantity('0.1n') == quantity('1n') && quantity('-0.1n') == quantity('-1n')",
  "quantity('1500m').asApproximateFloat() == 1.5 && quantity('50k').asApproximateFloat() == 50000.0",
  "quantity('1.123456789123').asApproximateFloat() == 1.12345679",
  "isQuantity('1.3G') && isQuantity('.5') && isQuantity('1.') && isQuantity('+1') && isQuantity('1e-3') && isQuantity('1E2')",
  "isQuantity('Mi') && isQuantity('+') && isQuantity('.')",
  "quantity('18446744073709551616').sub(quantity('18446744073709551615')).asApproximateFloat() == 1.0",
  "sets.contains([quantity('1'), quantity('2')], [quantity('1000m')]) && quantity('1') in [quantity('1000m')]",
  "[quantity('1'), quantity('1000m')].distinct().size() == 1",
  "isIP('10.0.0.1') && isIP('::1') && isIP('2001:DB8::abcd') && isIP('::') && isIP('1:2:3:4:5:6:7:8')",
  "isIP('64:ff9b::192.0.2.33') && isIP('1:2:3:4:5:6:1.2.3.4')",
  "ip('127.0.0.1').family() == 4 && ip('::1').family() == 6",
  "ip.isCanonical('127.0.0.1') && ip.isCanonical('2001:db8::abcd') && ip.isCanonical('::') && ip.isCanonical('1::')",
  "ip.isCanonical('1:2:3:0:5:6:7:8') && ip.isCanonical('1:0:0:2::') && ip.isCanonical('1::2:0:0:3')",
  "ip('2001:DB8::0:1') == ip('2001:db8::1') && ip('1.2.3.4') != ip('1.2.3.5')",
  "string(ip('2001:DB8:0:0:1:0:0:1')) == '2001:db8::1:0:0:1' && string(ip('64:ff9b::192.0.2.33')) == '64:ff9b::c000:221'",
  "ip('0.0.0.0').isUnspecified() && ip('::').isUnspecified() && !ip('0.0.0.1').isUnspecified()",
  "ip('127.9.9.9').isLoopback() && ip('::1').isLoopback() && !ip('::2').isLoopback() && !ip('128.0.0.1').isLoopback()",
  "ip('224.0.0.1').isLinkLocalMulticast() && ip('ff02::1').isLinkLocalMulticast() && !ip('224.0.1.1').isLinkLocalMulticast()",
  "ip('ff12::1').isLinkLocalMulticast() && !ip('ff05::1').isLinkLocalMulticast()",
  "ip('169.254.169.254').isLinkLocalUnicast() && ip('febf::1').isLinkLocalUnicast() && !ip('fec0::1').isLinkLocalUnicast()",
  "ip('192.168.0.1').isGlobalUnicast() && ip('2001:db8::abcd').isGlobalUnicast() && ip('fd00::1').isGlobalUnicast()",
  "ip('240.0.0.1').isGlobalUnicast() && !ip('127.0.0.1').isGlobalUnicast() && !ip('::').isGlobalUnicast()",
  "type(ip('1.2.3.4')) == net.IP && type(cidr('1.2.3.4/8')) == net.CIDR",
  "isCIDR('10.0.0.0/8') && isCIDR('::/0') && isCIDR('10.0.0.1/8') && isCIDR('1.2.3.4/32') && isCIDR('::1/128')",
  "cidr('10.0.0.0/8').containsIP('10.255.0.1') && cidr('10.0.0.0/8').containsIP(ip('10.0.0.0'))",
  "cidr('2001:db8::/33').containsIP('2001:db8:7fff::1') && !cidr('2001:db8::/33').containsIP('2001:db8:8000::1')",
  "cidr('10.0.0.0/8').containsCIDR('10.1.0.0/16') && cidr('10.0.0.0/8').containsCIDR(cidr('10.0.0.0/8'))",
  "cidr('192.168.0.7/24').ip() == ip('192.168.0.7') && cidr('192.168.0.7/24').prefixLength() == 24",
  "cidr('192.168.0.7/24').masked() == cidr('192.168.0.0/24') && cidr('192.168.0.7/24') != cidr('192.168.0.0/24')",
  "cidr('2001:db8:ffff::1/33').masked() == cidr('2001:db8:8000::/33') && string(cidr('::1/0').masked()) == '::/0'",
  "string(cidr('192.168.0.7/24')) == '192.168.0.7/24'",
  "isURL('https://user:pass@example.com:80/path?query=val#fragment') && isURL('/path') && isURL('mailto:a@b') && isURL('*')",
  "url('HTTPS://Example.com:80/path').getScheme() == 'https' && url('/path').getScheme() == ''",
  "url('https://Example.com:80/').getHost() == 'Example.com:80' && url('https://[::1]:80/').getHost() == '[::1]:80'",
  "url('https://user:p%40ss@example.com').getHost() == 'example.com' && url('/path').getHost() == ''",
  "url('https://example.com:80/').getHostname() == 'example.com' && url('https://[::1]:80/').getHostname() == '::1'",
  "url('https://[fe80::1%25en0]:8080/').getHostname() == 'fe80::1%en0'",
  "url('https://example.com:80/').getPort() == '80' && url('https://example.com/').getPort() == '' && url('https://a:/').getPort() == ''",
  "url('https://example.com/with spaces/').getEscapedPath() == '/with%20spaces/' && url('https://example.com').getEscapedPath() == ''",
  "url('https://a/x%2Fy').getEscapedPath() == '/x%2Fy' && url('https://a/ü%20[]').getEscapedPath() == '/%C3%BC%20%5B%5D'",
  "url('https://a/b!(c)*').getEscapedPath() == '/b!(c)*' && url('mailto:a@b').getEscapedPath() == ''",
  "url('https://a/p?k1=a&k2=b&k2=c').getQuery() == {'k1': ['a'], 'k2': ['b', 'c']}",
  "url('https://a/p?k e=v+w&x&=y&a;b=c&%zz=1&ü=%C3%BC').getQuery() == {'k e': ['v w'], 'x': [''], '': ['y'], 'ü': ['ü']}",
  "url('https://a/p?').getQuery() == {} && url('/p').getQuery() == {}",
  "url('https://a/b') == url('HTTPS://a/b') && url('https://a/b') != url('https://a/B') && url('/a#b') != url('/a')",
  "url('//host/path').getHost() == 'host' && url('///path').getEscapedPath() == '///path'",
  "isSemver('1.2.3') && isSemver('1.2.3-rc.1+build.5') && isSemver('0.0.0') && isSemver('1.0.0-0a.x-y')",
  "isSemver('v1.2.3', true) && isSemver('1', true) && isSemver('1.2', true) && isSemver('01.02.03', true) && !isSemver('1.2', false)",
  "semver('1.2.3').major() == 1 && semver('1.2.3').minor() == 2 && semver('1.2.3').patch() == 3",
  "semver('18446744073709551615.0.0').major() == -1",
  "semver('v1', true) == semver('1.0.0') && semver('1.2.3+a') == semver('1.2.3+b') && semver('1.2.03-rc', true) == semver('1.2.3-rc')",
  "semver('1.10.0').isGreaterThan(semver('1.9.9')) && semver('1.0.0-rc').isLessThan(semver('1.0.0'))",
  "semver('1.0.0-2').isLessThan(semver('1.0.0-10')) && semver('1.0.0-9').isLessThan(semver('1.0.0-a'))",
  "semver('1.0.0-a').compareTo(semver('1.0.0-a.1')) == -1 && semver('1.0.0-b').compareTo(semver('1.0.0-a.1')) == 1",
  "semver('1.2.3').compareTo(semver('1.2.3')) == 0 && semver('2.0.0').compareTo(semver('1.9.9')) == 1",
  "'abc 123'.find('[0-9]+') == '123' && 'abc'.find('x') == '' && '😀x'.find('.') == '😀'",
  "'123 abc 456'.findAll('[0-9]+') == ['123', '456'] && '123 abc 456'.findAll('[0-9]+', 1) == ['123']",
  "'123 ab'.findAll('[0-9]*') == ['123', '', '', ''] && 'abc'.findAll('x') == [] && 'aaa'.findAll('a', 0) == []",
  "'aaa'.findAll('a', -1).size() == 3 && 'ab'.findAll('') == ['', '', '']",
  "'ab12'.find('(?i)[A-Z]+') == 'ab' && 'foobar'.find('foo(bar)?') == 'foobar' && 'aab'.find('a+?') == 'a'",
  'optional.of(1).hasValue() && optional.of(1).value() == 1 && !optional.none().hasValue()',
  "optional.of('a').orValue('b') == 'a' && optional.none().orValue('b') == 'b'",
  'optional.none().or(optional.of(2)).value() == 2 && optional.of(1).or(optional.of(2)) == optional.of(1)',
  "optional.ofNonZeroValue('') == optional.none() && optional.ofNonZeroValue(0) == optional.none() && optional.ofNonZeroValue(1).hasValue()",
  "optional.of([1, 2]) == optional.of([1, 2]) && optional.of({'a': 1}) != optional.of({'a': 2})",
  "optional.of(quantity('1')) == optional.of(quantity('1000m')) && optional.of(optional.of(1)) == optional.of(optional.of(1))",
  'optional.unwrap([optional.of(1), optional.none(), optional.of(2)]) == [1, 2] && [optional.of(1)].unwrapOpt() == [1]',
  '[1, 2, 3].first() == optional.of(1) && [1, 2, 3].last().value() == 3 && ![].first().hasValue() && ![].last().hasValue()',
  'type(optional.of(1)) == optional_type',
  "!format.dns1123Label().validate('a-b').hasValue() && format.dns1123Label().validate('A').hasValue()",
  "format.dns1123Label().validate('A').value()[0].startsWith('a lowercase RFC 1123 label must consist of')",
  "format.dns1123Label().validate('a.b').value() == ['must not contain dots']",
  "format.dns1123Subdomain().validate('a..b').value()[0].startsWith('a lowercase RFC 1123 subdomain must')",
  "!format.dns1123Subdomain().validate('a.b').hasValue() && format.dns1123Subdomain().validate('a.B').hasValue()",
  "!format.dns1035Label().validate('a1').hasValue() && format.dns1035Label().validate('1a').hasValue()",
  "format.dns1035Label().validate('1a').value()[0].endsWith(\"(e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')\")",
  "!format.qualifiedName().validate('a.b/C_d').hasValue() && format.qualifiedName().validate('a/b/c').hasValue()",
  "format.qualifiedName().validate('/b').value() == ['prefix part must be non-empty']",
  "!format.dns1123LabelPrefix().validate('a-').hasValue() && format.dns1123Label().validate('a-').hasValue()",
  "!format.dns1123SubdomainPrefix().validate('a.b-').hasValue() && !format.dns1035LabelPrefix().validate('a-').hasValue()",
  "!format.labelValue().validate('').hasValue() && format.labelValue().validate('-').hasValue()",
  "!format.uri().validate('https://a/b').hasValue() && format.uri().validate('a b').value() == ['parse \"a b\": invalid URI for request']",
  "!format.uuid().validate('123E4567-e89b-12d3-a456-426614174000').hasValue() && !format.uuid().validate('123e4567e89b12d3a456426614174000').hasValue()",
  "format.uuid().validate('123').value() == ['does not match the UUID format']",
  "!format.byte().validate('aGVsbG8=').hasValue() && format.byte().validate('aGVsbG8').value() == ['invalid base64'] && format.byte().validate('').hasValue()",
  "!format.date().validate('2024-02-29').hasValue() && format.date().validate('2023-02-29').value() == ['invalid date']",
  "format.date().validate('2024-13-01').hasValue() && format.date().validate('2024-1-01').hasValue() && format.date().validate('2024-01-00').hasValue()",
  "!format.datetime().validate('2021-01-01T00:00:00Z').hasValue() && !format.datetime().validate('2021-01-01t23:59:59.5+02:00').hasValue()",
  "format.datetime().validate('2021-01-01T24:00:00Z').value() == ['invalid datetime'] && format.datetime().validate('2021-01-01').hasValue()",
  "format.named('dns1123Label').value().validate('A').hasValue() && !format.named('nope').hasValue()",
  "format.named('uuid').value() == format.uuid() && format.date() != format.datetime()",
  "duration('1500ms').getMilliseconds() == 1500 && duration('-1500ms').getMilliseconds() == -1500",
  "timestamp(1) == timestamp('1970-01-01T00:00:01Z')",
  "string(0.00001) == '1e-05' && string(0.0001) == '0.0001' && string(-1.5) == '-1.5'",
  "string(1000000.0) == '1e+06' && string(123456.0) == '123456' && string(1234567.5) == '1.2345675e+06'",
  "string(1.0 / 0.0) == '+Inf' && string(-1.0 / 0.0) == '-Inf'",
];

/** What is not so, no part of it. */
const FALSE: readonly string[] = [
  "quantity('9999999999999999999999999999999999999G').isInteger()",
  "quantity('9223372036854775807').isInteger()",
  "quantity('1000m').isInteger()",
  "quantity('1.0').isInteger()",
  "quantity('1Ei').isInteger()",
  "isQuantity('') || isQuantity('1 Gi') || isQuantity('200K') || isQuantity('Three') || isQuantity('1KiB') || isQuantity('1.2.3')",
  "isQuantity('1e') || isQuantity('1mm') || isQuantity('--1') || isQuantity('1Mi1')",
  "isIP('1.2.3') || isIP('1.2.3.4.5') || isIP('01.2.3.4') || isIP('256.1.1.1') || isIP('1.2.3.4 ') || isIP('')",
  "isIP('::ffff:1.2.3.4') || isIP('fe80::1%eth0') || isIP('1::2::3') || isIP('12345::') || isIP(':1:2:3:4:5:6:7:8')",
  "isIP('1:2:3:4:5:6:7::8') || isIP('1:2:3:4:5:6:7:8::') || isIP('1:2:3:4:5:6:7:8:9') || isIP('1:') || isIP('1:2')",
  "ip.isCanonical('2001:DB8::ABCD') || ip.isCanonical('2001:db8:0:0:0:0:0:1') || ip.isCanonical('1:0::')",
  "ip('255.255.255.255').isGlobalUnicast() || ip('ff00::1').isGlobalUnicast() || ip('239.0.0.1').isGlobalUnicast()",
  "isCIDR('10.0.0.0') || isCIDR('10.0.0.0/33') || isCIDR('::/129') || isCIDR('10.0.0.0/08') || isCIDR('10.0.0.0/-1')",
  "isCIDR('10.0.0.0/+8') || isCIDR('10.0.0.0/') || isCIDR('10.0.0/8') || isCIDR('::ffff:1.2.3.4/128') || isCIDR('fe80::1%a/64')",
  "cidr('10.0.0.0/8').containsIP('11.0.0.0') || cidr('::/0').containsIP('1.2.3.4') || cidr('0.0.0.0/0').containsIP('::1')",
  "cidr('10.0.0.0/16').containsCIDR('10.0.0.0/8') || cidr('10.0.0.0/16').containsCIDR('10.1.0.0/24')",
  "isURL('../path') || isURL('https://a:b:c/') || isURL('') || isURL('a/b') || isURL('https://a b/') || isURL(':a')",
  "isURL('https://[::1/') || isURL('https://a%41/') || isURL('/%zz') || isURL('https://us er@a/') || isURL('https://[1.2.3.4]/')",
  "isSemver('v1.2.3') || isSemver('1.2') || isSemver('01.2.3') || isSemver('1.2.3-01') || isSemver('1.2.3-') || isSemver('')",
  "isSemver('1.2.3+') || isSemver('1.2.x') || isSemver('1.2.3-a_b') || isSemver('1.2.3.4') || isSemver('1..3')",
  "isSemver('v', true) || isSemver('1.2-rc', true) || isSemver('vv1', true) || isSemver(' 1', true)",
  'optional.ofNonZeroValue([]).hasValue() || optional.ofNonZeroValue({}).hasValue() || optional.ofNonZeroValue(null).hasValue()',
  "format.dns1035LabelPrefix().validate('1-').hasValue()",
];

/** What is refused when it is loaded. */
const REFUSED: readonly string[] = [
  "quantity('1').sign() == 1",
  "type(quantity('1')) == kubernetes.Quantity",
  "'a'.find('(') == ''",
  "'a'.findAll('[') == []",
  "'a'.matches('(')",
  "'a'.find('(?=a)') == ''",
  'format.nope().validate("a").hasValue()',
];

/** What cannot be evaluated, and why. */
const ERRORS: Readonly<Record<string, string>> = {
  "quantity('9999999999999999999999999999999999999G').asInteger() == 1": 'cannot convert value to integer',
  "quantity('10E').asInteger() == 1": 'cannot convert value to integer',
  "quantity('') == quantity('1')":
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
  "quantity('1x') == quantity('1')":
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
  "quantity('1KK') == quantity('1')": "unable to parse quantity's suffix",
  "quantity(object.metadata.labels.team) == quantity('1')":
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
  "ip('::ffff:1.2.3.4').family() == 4": 'IPv4-mapped IPv6 address "::ffff:1.2.3.4" is not allowed',
  "ip('fe80::1%eth0').family() == 4": 'IP address "fe80::1%eth0" with zone value is not allowed',
  "ip('1.2.3').family() == 4":
    'IP Address "1.2.3" parse error during conversion from string: ParseAddr("1.2.3"): IPv4 address too short',
  "ip('1.02.3.4').family() == 4":
    'IP Address "1.02.3.4" parse error during conversion from string: ParseAddr("1.02.3.4"): IPv4 field has octet with leading zero',
  "ip('1..3.4').family() == 4":
    'IP Address "1..3.4" parse error during conversion from string: ParseAddr("1..3.4"): IPv4 field must have at least one digit (at ".3.4")',
  "ip('1.2.3.x').family() == 4":
    'IP Address "1.2.3.x" parse error during conversion from string: ParseAddr("1.2.3.x"): unexpected character (at "x")',
  "ip('').family() == 4": 'IP Address "" parse error during conversion from string: ParseAddr(""): unable to parse IP',
  "ip('1:2:3').family() == 4":
    'IP Address "1:2:3" parse error during conversion from string: ParseAddr("1:2:3"): address string too short',
  "ip('1::2::3').family() == 4":
    'IP Address "1::2::3" parse error during conversion from string: ParseAddr("1::2::3"): multiple :: in address (at ":3")',
  "ip('1:2:3:4:5:6:7:8:9').family() == 4":
    'IP Address "1:2:3:4:5:6:7:8:9" parse error during conversion from string: ParseAddr("1:2:3:4:5:6:7:8:9"): trailing garbage after address (at "9")',
  "ip('12345::').family() == 4":
    'IP Address "12345::" parse error during conversion from string: ParseAddr("12345::"): each group must have 4 or less digits (at "12345::")',
  "ip('1:').family() == 4":
    'IP Address "1:" parse error during conversion from string: ParseAddr("1:"): colon must be followed by more characters (at ":")',
  "ip('1:g').family() == 4":
    'IP Address "1:g" parse error during conversion from string: ParseAddr("1:g"): each colon-separated field must have at least one digit (at "g")',
  "ip('1::1.2.3').family() == 4":
    'IP Address "1::1.2.3" parse error during conversion from string: ParseAddr("1::1.2.3"): IPv4 address too short',
  "ip('1:2:3:4:5:6:7::8:9').family() == 4":
    'IP Address "1:2:3:4:5:6:7::8:9" parse error during conversion from string: ParseAddr("1:2:3:4:5:6:7::8:9"): trailing garbage after address (at "9")',
  "ip.isCanonical('127.0.0')":
    'IP Address "127.0.0" parse error during conversion from string: ParseAddr("127.0.0"): IPv4 address too short',
  "cidr('10.0.0.0').prefixLength() == 8":
    'network address parse error during conversion from string: network address parse error during conversion from string: netip.ParsePrefix("10.0.0.0"): no \'/\'',
  "cidr('10.0.0.0/33').prefixLength() == 8":
    'network address parse error during conversion from string: network address parse error during conversion from string: netip.ParsePrefix("10.0.0.0/33"): prefix length out of range',
  "cidr('10.0.0.0/x').prefixLength() == 8":
    'network address parse error during conversion from string: network address parse error during conversion from string: netip.ParsePrefix("10.0.0.0/x"): bad bits after slash: "x"',
  "cidr('10.0.0/8').prefixLength() == 8":
    'network address parse error during conversion from string: network address parse error during conversion from string: netip.ParsePrefix("10.0.0/8"): ParseAddr("10.0.0"): IPv4 address too short',
  "cidr('::ffff:1.2.3.4/128').prefixLength() == 8":
    'network address parse error during conversion from string: IPv4-mapped IPv6 address "::ffff:1.2.3.4/128" is not allowed',
  "cidr('fe80::1%a/64').prefixLength() == 8":
    'network address parse error during conversion from string: network address parse error during conversion from string: netip.ParsePrefix("fe80::1%a/64"): IPv6 zones cannot be present in a prefix',
  "cidr('10.0.0.0/8').containsIP('10.0.0')": 'no such overload',
  "cidr('10.0.0.0/8').containsCIDR('10')":
    'network address parse error during conversion from string: network address parse error during conversion from string: netip.ParsePrefix("10"): no \'/\'',
  "url('https://a:b:c/').getHost() == ''":
    'URL parse error during conversion from string: parse "https://a:b:c/": invalid port ":b:c" after host',
  "url('../path').getHost() == ''":
    'URL parse error during conversion from string: parse "../path": invalid URI for request',
  "url('').getHost() == ''": 'URL parse error during conversion from string: parse "": empty url',
  "url(':a').getHost() == ''": 'URL parse error during conversion from string: parse ":a": missing protocol scheme',
  "url('https://a b/').getHost() == ''":
    'URL parse error during conversion from string: parse "https://a b/": invalid character " " in host name',
  "url('https://a%41/').getHost() == ''":
    'URL parse error during conversion from string: parse "https://a%41/": invalid URL escape "%41"',
  "url('/%zz').getHost() == ''":
    'URL parse error during conversion from string: parse "/%zz": invalid URL escape "%zz"',
  "url('https://[::1/').getHost() == ''":
    'URL parse error during conversion from string: parse "https://[::1/": missing \']\' in host',
  "url('https://[1.2.3.4]/').getHost() == ''":
    'URL parse error during conversion from string: parse "https://[1.2.3.4]/": invalid IP-literal',
  "url('https://a[::1]/').getHost() == ''":
    'URL parse error during conversion from string: parse "https://a[::1]/": invalid IP-literal',
  "url('https://us er@a/').getHost() == ''":
    'URL parse error during conversion from string: parse "https://us er@a/": net/url: invalid userinfo',
  "url('https://a/#%zz').getHost() == ''":
    'URL parse error during conversion from string: parse "https://a/#%zz": invalid URL escape "%zz"',
  "semver('').major() == 1": 'Version string empty',
  "semver('1.2').major() == 1": 'No Major.Minor.Patch elements found',
  "semver('a.2.3').major() == 1": 'Invalid character(s) found in major number "a"',
  "semver('1.b.3').major() == 1": 'Invalid character(s) found in minor number "b"',
  "semver('1.2.c').major() == 1": 'Invalid character(s) found in patch number "c"',
  "semver('01.2.3').major() == 1": 'Major number must not contain leading zeroes "01"',
  "semver('1..3').major() == 1": 'strconv.ParseUint: parsing "": invalid syntax',
  "semver('99999999999999999999.2.3').major() == 1":
    'strconv.ParseUint: parsing "99999999999999999999": value out of range',
  "semver('1.2.3-').major() == 1": 'Prerelease is empty',
  "semver('1.2.3-01').major() == 1": 'Numeric PreRelease version must not contain leading zeroes "01"',
  "semver('1.2.3-a_').major() == 1": 'Invalid character(s) found in prerelease "a_"',
  "semver('1.2.3+').major() == 1": 'Build meta data is empty',
  "semver('1.2.3+a_').major() == 1": 'Invalid character(s) found in build meta data "a_"',
  "semver('1-rc', true).major() == 1": 'short version cannot contain PreRelease/Build meta data',
  "'a'.find(object.metadata.namespace + '(') == ''":
    'Illegal regex: error parsing regexp: missing closing ): `default(`',
  'optional.none().value() == 1': 'optional.none() dereference',
  'timestamp(object.spec.leaseDurationSeconds + 253402300800) == timestamp(0)': 'timestamp overflow',
};

/** Expressions with functions of Kubernetes' own libraries, and what they come to, there and here. */
export const CEL_LIBRARY: readonly (readonly [string, CelOutcome])[] = [
  ...TRUE.map((expression) => [expression, 'true'] as const),
  ...FALSE.map((expression) => [expression, 'false'] as const),
  ...REFUSED.map((expression) => [expression, 'refused'] as const),
  ...Object.entries(ERRORS).map(([expression, error]) => [expression, `error: ${error}`] as const),
];
