# The emulator has no client VPN.
resource "aws_ec2_client_vpn_endpoint" "this" {
  count = 0
}

resource "aws_ec2_client_vpn_network_association" "this" {
  for_each = {}
}

resource "aws_ec2_client_vpn_authorization_rule" "this" {
  for_each = {}
}

resource "aws_ec2_client_vpn_route" "this" {
  for_each = {}
}

# The emulator has no transit gateways.
resource "aws_ec2_transit_gateway_vpc_attachment" "this" {
  count = 0
}

resource "aws_route" "transit_gateway" {
  for_each = {}
}
